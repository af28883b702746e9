// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BalanceProofs} from "./BalanceProofs.sol";
import {Controllable} from "./Controllable.sol";
import {SecretRegistry} from "./SecretRegistry.sol";
import {Settlement} from "./Settlement.sol";
import {Token} from "./Token.sol";
import {Unlocking} from "./Unlocking.sol";
import {Withdrawals} from "./Withdrawals.sol";

/// @title The payment channels of one token
contract TokenNetwork is
    Controllable,
    BalanceProofs,
    Settlement,
    Withdrawals,
    Unlocking
{
    event ChannelOpened(
        uint256 indexed channel_identifier,
        address indexed participant1,
        address indexed participant2,
        uint256 settle_timeout
    );
    event ChannelNewDeposit(
        uint256 indexed channel_identifier,
        address indexed participant,
        uint256 total_deposit
    );
    event ChannelClosed(
        uint256 indexed channel_identifier,
        address indexed closing_participant,
        uint256 indexed nonce,
        bytes32 balance_hash
    );
    event NonClosingBalanceProofUpdated(
        uint256 indexed channel_identifier,
        address indexed closing_participant,
        uint256 indexed nonce,
        bytes32 balance_hash
    );
    event DeprecationSwitch(bool new_value);

    struct SettleInput {
        address participant;
        uint256 transferred_amount;
        uint256 locked_amount;
        bytes32 locksroot;
    }

    /// @notice Timeouts are numbers of blocks; a limit of 2**256 - 1 is no limit.
    constructor(
        address _token_address,
        address _secret_registry,
        uint256 _settlement_timeout_min,
        uint256 _settlement_timeout_max,
        address _controller,
        uint256 _channel_participant_deposit_limit,
        uint256 _token_network_deposit_limit
    ) {
        require(_token_address != address(0), "TN: invalid token address");
        require(_secret_registry != address(0), "TN: invalid SR address");
        require(_controller != address(0), "TN: invalid controller address");
        require(_settlement_timeout_min > 0, "TN: invalid settle timeout min");
        require(
            _settlement_timeout_max > _settlement_timeout_min,
            "TN: invalid settle timeouts"
        );
        require(contractExists(_token_address), "TN: invalid token contract");
        require(contractExists(_secret_registry), "TN: invalid SR contract");
        require(_channel_participant_deposit_limit > 0, "TN: invalid participant limit");
        require(_token_network_deposit_limit > 0, "TN: invalid network deposit limit");
        require(
            _token_network_deposit_limit >= _channel_participant_deposit_limit,
            "TN: invalid deposit limits"
        );
        require(Token(_token_address).totalSupply() > 0, "TN: no supply for token");

        token = Token(_token_address);
        secret_registry = SecretRegistry(_secret_registry);
        controller = _controller;
        settlement_timeout_min = _settlement_timeout_min;
        settlement_timeout_max = _settlement_timeout_max;
        channel_participant_deposit_limit = _channel_participant_deposit_limit;
        token_network_deposit_limit = _token_network_deposit_limit;
    }

    /// @notice Ends new channels and deposits for good; what exists can be closed and settled.
    function deprecate() external {
        _requireNotDeprecated();
        _requireController();
        safety_deprecation_switch = true;
        emit DeprecationSwitch(true);
    }

    /// @notice Lifts both deposit limits.
    function removeLimits() external {
        _requireController();
        channel_participant_deposit_limit = type(uint256).max;
        token_network_deposit_limit = type(uint256).max;
    }

    /// @notice Opens a channel between any two accounts that have none; anyone may call.
    function openChannel(address participant1, address participant2, uint256 settle_timeout)
        external
        returns (uint256)
    {
        return _open(participant1, participant2, settle_timeout);
    }

    /// @notice Opens a channel and deposits the caller's tokens for participant 1.
    function openChannelWithDeposit(
        address participant1,
        address participant2,
        uint256 settle_timeout,
        uint256 participant1_total_deposit
    ) external returns (uint256) {
        uint256 opened = _open(participant1, participant2, settle_timeout);
        _deposit(opened, participant1, participant1_total_deposit, participant2);
        return opened;
    }

    /// @notice Raises a participant's deposit to a total; the caller pays the difference.
    function setTotalDeposit(
        uint256 channel_identifier,
        address participant,
        uint256 total_deposit,
        address partner
    ) external {
        _requireNotDeprecated();
        _requireOpen(channel_identifier);
        _deposit(channel_identifier, participant, total_deposit, partner);
    }

    /// @notice Closes a channel with the partner's last balance proof; nonce 0 is "none received".
    /// The closing participant signs as well, so that anyone may make the call.
    function closeChannel(
        uint256 channel_identifier,
        address non_closing_participant,
        address closing_participant,
        bytes32 balance_hash,
        uint256 nonce,
        bytes32 additional_hash,
        bytes calldata non_closing_signature,
        bytes calldata closing_signature
    ) external {
        _requireOpen(channel_identifier);
        require(
            channel_identifier
                == getChannelIdentifier(closing_participant, non_closing_participant),
            "TN/close: channel id mismatch"
        );

        Channel storage channel = channels[channel_identifier];
        channel.state = ChannelState.Closed;
        channel.settle_block_number += block.number;
        channel.participants[closing_participant].is_the_closer = true;

        SignedState memory state =
            SignedState(channel_identifier, balance_hash, nonce, additional_hash);
        require(
            closing_participant == _recoverReceiver(
                MessageTypeId.BalanceProof,
                state,
                non_closing_signature,
                closing_signature
            ),
            "TN/close: invalid closing sig"
        );
        if (nonce > 0) {
            require(
                non_closing_participant == _recoverSender(state, non_closing_signature),
                "TN/close: invalid non-closing sig"
            );
            _storeProof(channel.participants[non_closing_participant], state);
        }
        emit ChannelClosed(channel_identifier, closing_participant, nonce, balance_hash);
    }

    /// @notice Shows the closing participant's last balance proof, signed by the other one too.
    /// Anyone may call, and repeat it with a higher nonce.
    function updateNonClosingBalanceProof(
        uint256 channel_identifier,
        address closing_participant,
        address non_closing_participant,
        bytes32 balance_hash,
        uint256 nonce,
        bytes32 additional_hash,
        bytes calldata closing_signature,
        bytes calldata non_closing_signature
    ) external {
        require(
            channel_identifier
                == getChannelIdentifier(closing_participant, non_closing_participant),
            "TN/update: channel id mismatch"
        );
        require(balance_hash != 0, "TN/update: balance hash is zero");
        require(nonce > 0, "TN/update: nonce is zero");

        Channel storage channel = channels[channel_identifier];
        require(channel.state == ChannelState.Closed, "TN/update: channel not closed");

        SignedState memory state =
            SignedState(channel_identifier, balance_hash, nonce, additional_hash);
        require(
            non_closing_participant == _recoverReceiver(
                MessageTypeId.BalanceProofUpdate,
                state,
                closing_signature,
                non_closing_signature
            ),
            "TN/update: invalid non-closing sig"
        );
        require(
            closing_participant == _recoverSender(state, closing_signature),
            "TN/update: invalid closing sig"
        );

        Participant storage closer = channel.participants[closing_participant];
        require(closer.is_the_closer, "TN/update: incorrect signature order");
        _storeProof(closer, state);
        emit NonClosingBalanceProofUpdated(
            channel_identifier,
            closing_participant,
            nonce,
            balance_hash
        );
    }

    /// @notice Pays out a closed channel after its settle timeout; see `settleChannel2`.
    function settleChannel(
        uint256 channel_identifier,
        address participant1,
        uint256 participant1_transferred_amount,
        uint256 participant1_locked_amount,
        bytes32 participant1_locksroot,
        address participant2,
        uint256 participant2_transferred_amount,
        uint256 participant2_locked_amount,
        bytes32 participant2_locksroot
    ) external {
        _settle(
            channel_identifier,
            SettleInput(
                participant1,
                participant1_transferred_amount,
                participant1_locked_amount,
                participant1_locksroot
            ),
            SettleInput(
                participant2,
                participant2_transferred_amount,
                participant2_locked_amount,
                participant2_locksroot
            )
        );
    }

    /// @notice Pays out a closed channel after its settle timeout; anyone may call.
    /// The amounts must be the ones of the stored proofs, the smaller sum first.
    function settleChannel2(
        uint256 channel_identifier,
        SettleInput calldata participant1_settlement,
        SettleInput calldata participant2_settlement
    ) external {
        _settle(channel_identifier, participant1_settlement, participant2_settlement);
    }

    /// @notice The id of the chain. Not a view in the published ABI; `virtual` keeps it so.
    function chain_id() external virtual returns (uint256) {
        return block.chainid;
    }

    function _open(address participant1, address participant2, uint256 settle_timeout)
        internal
        returns (uint256 channel_identifier)
    {
        _requireNotDeprecated();
        require(settle_timeout >= settlement_timeout_min, "TN: settle timeout < min");
        require(settle_timeout <= settlement_timeout_max, "TN: settle timeout > max");
        require(
            token.balanceOf(address(this)) < token_network_deposit_limit,
            "TN/open: network deposit limit reached"
        );
        bytes32 pair = getParticipantsHash(participant1, participant2);
        require(
            participants_hash_to_channel_identifier[pair] == 0,
            "TN/open: channel exists for participants"
        );

        channel_identifier = ++channel_counter;
        participants_hash_to_channel_identifier[pair] = channel_identifier;
        Channel storage channel = channels[channel_identifier];
        channel.settle_block_number = settle_timeout;
        channel.state = ChannelState.Opened;
        emit ChannelOpened(channel_identifier, participant1, participant2, settle_timeout);
    }

    /// @dev Both deposits together stay below 2**256, which settling relies on.
    function _deposit(
        uint256 channel_identifier,
        address participant,
        uint256 total_deposit,
        address partner
    ) internal {
        require(
            channel_identifier == getChannelIdentifier(participant, partner),
            "TN/deposit: channel id mismatch"
        );
        require(total_deposit > 0, "TN/deposit: total_deposit is zero");
        require(
            total_deposit <= channel_participant_deposit_limit,
            "TN/deposit: deposit limit reached"
        );

        Channel storage channel = channels[channel_identifier];
        uint256 previous = channel.participants[participant].deposit;
        require(total_deposit != previous, "TN/deposit: no deposit added");
        require(total_deposit > previous, "TN/deposit: deposit underflow");
        uint256 added = total_deposit - previous;
        unchecked {
            // A sum beyond 2**256 passes here: the token cannot move that much.
            require(
                token.balanceOf(address(this)) + added <= token_network_deposit_limit,
                "TN/deposit: network limit reached"
            );
        }
        require(
            channel.participants[partner].deposit <= type(uint256).max - total_deposit,
            "TN/deposit: deposit overflow"
        );

        channel.participants[participant].deposit = total_deposit;
        emit ChannelNewDeposit(channel_identifier, participant, total_deposit);
        require(
            token.transferFrom(msg.sender, address(this), added),
            "TN/deposit: transfer failed"
        );
    }

    /// @dev Replaces an older proof only.
    function _storeProof(Participant storage sender, SignedState memory state) internal {
        require(state.nonce > sender.nonce, "TN: nonce reused");
        sender.nonce = state.nonce;
        sender.balance_hash = state.balance_hash;
    }

    function _settle(
        uint256 channel_identifier,
        SettleInput memory input1,
        SettleInput memory input2
    ) internal {
        require(
            channel_identifier == getChannelIdentifier(input1.participant, input2.participant),
            "TN/settle: channel id mismatch"
        );
        Channel storage channel = channels[channel_identifier];
        require(channel.state == ChannelState.Closed, "TN/settle: channel not closed");
        require(channel.settle_block_number < block.number, "TN/settle: settlement timeout");

        Participant storage side1 = channel.participants[input1.participant];
        Participant storage side2 = channel.participants[input2.participant];
        require(_matchesProof(side1, input1), "TN/settle: invalid data for participant 1");
        require(_matchesProof(side2, input2), "TN/settle: invalid data for participant 2");

        (Share memory share1, Share memory share2) =
            _divide(_side(side1, input1), _side(side2, input2));
        _deleteChannel(channel_identifier, input1.participant, input2.participant);
        _keepLocked(channel_identifier, input1, share1.locked, input2.participant);
        _keepLocked(channel_identifier, input2, share2.locked, input1.participant);
        emit ChannelSettled(
            channel_identifier,
            input1.participant,
            share1.paid,
            input1.locksroot,
            input2.participant,
            share2.paid,
            input2.locksroot
        );

        require(
            _pay(input1.participant, share1.paid),
            "TN/settle: transfer for participant 1 failed"
        );
        require(
            _pay(input2.participant, share2.paid),
            "TN/settle: transfer for participant 2 failed"
        );
    }

    function _keepLocked(
        uint256 channel_identifier,
        SettleInput memory input,
        uint256 amount,
        address partner
    ) internal {
        if (amount > 0) {
            UnlockData storage kept = _unlockData(channel_identifier, input.participant, partner);
            kept.locksroot = input.locksroot;
            kept.locked_amount = amount;
        }
    }

    function _requireNotDeprecated() internal view {
        require(!safety_deprecation_switch, "TN: network is deprecated");
    }

    /// @dev Without a proof both amounts are 0 and the locksroot can be anything.
    function _matchesProof(Participant storage side, SettleInput memory input)
        internal
        view
        returns (bool)
    {
        bytes32 stored = side.balance_hash;
        if (stored == 0 && input.transferred_amount == 0 && input.locked_amount == 0) {
            return true;
        }
        return stored == keccak256(
            abi.encodePacked(input.transferred_amount, input.locked_amount, input.locksroot)
        );
    }

    function _side(Participant storage side, SettleInput memory input)
        internal
        view
        returns (Side memory)
    {
        return Side(
            side.deposit,
            side.withdrawn_amount,
            input.transferred_amount,
            input.locked_amount
        );
    }
}
