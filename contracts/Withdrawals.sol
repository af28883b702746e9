// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Channels} from "./Channels.sol";
import {Signatures} from "./Signatures.sol";

/// @title Taking tokens out of open channels, all at once or in part, where both sides agree
abstract contract Withdrawals is Channels, Signatures {
    event ChannelWithdraw(
        uint256 indexed channel_identifier,
        address indexed participant,
        uint256 total_withdraw
    );

    /// @dev A total that one participant may take out; both have signed the first three fields.
    struct WithdrawInput {
        address participant;
        uint256 total_withdraw;
        uint256 expiration_block;
        bytes participant_signature;
        bytes partner_signature;
    }

    /// @notice Raises what a participant has taken out to a total; see `setTotalWithdraw2`.
    function setTotalWithdraw(
        uint256 channel_identifier,
        address participant,
        uint256 total_withdraw,
        uint256 expiration_block,
        bytes calldata participant_signature,
        bytes calldata partner_signature
    ) external {
        _withdraw(
            channel_identifier,
            WithdrawInput(
                participant,
                total_withdraw,
                expiration_block,
                participant_signature,
                partner_signature
            )
        );
    }

    /// @notice Raises what a participant has taken out to a total, and pays it the difference.
    /// Anyone may call, before the expiration block.
    function setTotalWithdraw2(uint256 channel_identifier, WithdrawInput memory withdraw_data)
        external
    {
        _withdraw(channel_identifier, withdraw_data);
    }

    /// @notice Ends an open channel by two withdrawals that leave nothing in it; anyone may call.
    /// A participant that takes nothing, and never has, need not have signed.
    function cooperativeSettle(
        uint256 channel_identifier,
        WithdrawInput memory data1,
        WithdrawInput memory data2
    ) external {
        _requireOpen(channel_identifier);
        require(
            channel_identifier == getChannelIdentifier(data1.participant, data2.participant),
            "TN/coopSettle: channel id mismatch"
        );
        Channel storage channel = channels[channel_identifier];
        require(
            channel.participants[data1.participant].deposit
                + channel.participants[data2.participant].deposit
                == data1.total_withdraw + data2.total_withdraw,
            "TN/coopSettle: incomplete amounts"
        );

        if (data1.total_withdraw > 0) {
            _withdraw(channel_identifier, data1);
        }
        if (data2.total_withdraw > 0) {
            _withdraw(channel_identifier, data2);
        }
        _deleteChannel(channel_identifier, data1.participant, data2.participant);
        emit ChannelSettled(
            channel_identifier,
            data1.participant,
            data1.total_withdraw,
            0,
            data2.participant,
            data2.total_withdraw,
            0
        );
    }

    /// @dev A participant may take its partner's deposit as well: the partner has signed.
    function _withdraw(uint256 channel_identifier, WithdrawInput memory input) internal {
        _requireOpen(channel_identifier);
        require(input.total_withdraw > 0, "TN/withdraw: total withdraw is zero");
        require(block.number < input.expiration_block, "TN/withdraw: expired");
        address partner = _withdrawPartner(channel_identifier, input);
        require(
            channel_identifier == getChannelIdentifier(input.participant, partner),
            "TN/withdraw: channel id mismatch"
        );

        Participant storage taker = channels[channel_identifier].participants[input.participant];
        Participant storage other = channels[channel_identifier].participants[partner];
        require(
            input.total_withdraw + other.withdrawn_amount <= taker.deposit + other.deposit,
            "TN/withdraw: withdraw > deposit"
        );
        // panics where the total is less than what was taken out before
        uint256 amount = input.total_withdraw - taker.withdrawn_amount;
        require(amount > 0, "TN/withdraw: amount is zero");

        taker.withdrawn_amount = input.total_withdraw;
        emit ChannelWithdraw(channel_identifier, input.participant, input.total_withdraw);
        require(token.transfer(input.participant, amount), "TN/withdraw: transfer failed");
    }

    /// @dev The partner is whoever signed as such: the channel of the two decides whether it is.
    function _withdrawPartner(uint256 channel_identifier, WithdrawInput memory input)
        internal
        view
        returns (address)
    {
        bytes32 digest = keccak256(
            abi.encodePacked(
                signature_prefix,
                "200",
                address(this),
                block.chainid,
                uint256(MessageTypeId.Withdraw),
                channel_identifier,
                input.participant,
                input.total_withdraw,
                input.expiration_block
            )
        );
        require(
            input.participant == _recoverSigner(digest, input.participant_signature),
            "TN/withdraw: invalid participant sig"
        );
        return _recoverSigner(digest, input.partner_signature);
    }
}
