// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {SecretRegistry} from "./SecretRegistry.sol";
import {Token} from "./Token.sol";

/// @title What a token network keeps of its channels
abstract contract Channels is CommonHelpers {
    event ChannelSettled(
        uint256 indexed channel_identifier,
        address participant1,
        uint256 participant1_amount,
        bytes32 participant1_locksroot,
        address participant2,
        uint256 participant2_amount,
        bytes32 participant2_locksroot
    );

    /// @dev Storage knows the first three. A settled channel is deleted; whether the getter
    /// names it Settled or Removed depends on tokens kept for unresolved locks.
    enum ChannelState {
        NonExistent,
        Opened,
        Closed,
        Settled,
        Removed
    }

    /// @dev Proof fields describe what this participant sent, as shown by its partner.
    struct Participant {
        uint256 deposit;
        uint256 withdrawn_amount;
        bool is_the_closer;
        bytes32 balance_hash;
        uint256 nonce;
    }

    /// @dev `settle_block_number` is the settle timeout while the channel is open, and the
    /// last block before it can be settled once it is closed.
    struct Channel {
        uint256 settle_block_number;
        ChannelState state;
        mapping(address => Participant) participants;
    }

    /// @dev Tokens kept after settlement for the locks that one participant left unresolved.
    struct UnlockData {
        bytes32 locksroot;
        uint256 locked_amount;
    }

    Token public token;
    SecretRegistry public secret_registry;
    uint256 public settlement_timeout_min;
    uint256 public settlement_timeout_max;
    uint256 public channel_participant_deposit_limit;
    uint256 public token_network_deposit_limit;
    uint256 public channel_counter;
    bool public safety_deprecation_switch;
    mapping(uint256 => Channel) public channels;
    mapping(bytes32 => uint256) public participants_hash_to_channel_identifier;

    mapping(bytes32 => UnlockData) private unlock_data;

    /// @notice Settle block (or timeout) and state. A settled channel is Removed unless tokens
    /// are kept for locks between the two given participants.
    function getChannelInfo(
        uint256 channel_identifier,
        address participant1,
        address participant2
    ) external view returns (uint256, ChannelState) {
        Channel storage channel = channels[channel_identifier];
        ChannelState state = channel.state;
        bool was_opened = channel_identifier > 0 && channel_identifier <= channel_counter;
        if (state == ChannelState.NonExistent && was_opened) {
            uint256 kept = max(
                _unlockData(channel_identifier, participant1, participant2).locked_amount,
                _unlockData(channel_identifier, participant2, participant1).locked_amount
            );
            state = kept > 0 ? ChannelState.Settled : ChannelState.Removed;
        }
        return (channel.settle_block_number, state);
    }

    /// @notice Deposit, withdrawn amount, whether it closed, balance hash and nonce, and after
    /// settlement the locksroot and amount kept for its locks.
    function getChannelParticipantInfo(
        uint256 channel_identifier,
        address participant,
        address partner
    ) external view returns (uint256, uint256, bool, bytes32, uint256, bytes32, uint256) {
        Participant storage side = channels[channel_identifier].participants[participant];
        UnlockData storage kept = _unlockData(channel_identifier, participant, partner);
        return (
            side.deposit,
            side.withdrawn_amount,
            side.is_the_closer,
            side.balance_hash,
            side.nonce,
            kept.locksroot,
            kept.locked_amount
        );
    }

    /// @notice The unsettled channel of two accounts, or 0.
    function getChannelIdentifier(address participant, address partner)
        public
        view
        returns (uint256)
    {
        return participants_hash_to_channel_identifier[getParticipantsHash(participant, partner)];
    }

    /// @notice The key of a pair of accounts, in either order.
    function getParticipantsHash(address participant, address partner)
        public
        pure
        returns (bytes32)
    {
        require(participant != address(0), "TN: participant address zero");
        require(partner != address(0), "TN: partner address zero");
        require(participant != partner, "TN: identical addresses");
        return participant < partner
            ? keccak256(abi.encodePacked(participant, partner))
            : keccak256(abi.encodePacked(partner, participant));
    }

    /// @notice The key of the tokens kept for locks from `sender` to `receiver`.
    function getUnlockIdentifier(uint256 channel_identifier, address sender, address receiver)
        public
        pure
        returns (bytes32)
    {
        require(sender != receiver, "TN: sender/receiver mismatch");
        return keccak256(abi.encodePacked(channel_identifier, sender, receiver));
    }

    function _requireOpen(uint256 channel_identifier) internal view {
        require(
            channels[channel_identifier].state == ChannelState.Opened,
            "TN: channel not open"
        );
    }

    function _deleteChannel(
        uint256 channel_identifier,
        address participant1,
        address participant2
    ) internal {
        Channel storage channel = channels[channel_identifier];
        delete channel.participants[participant1];
        delete channel.participants[participant2];
        delete channels[channel_identifier];
        delete participants_hash_to_channel_identifier[
            getParticipantsHash(participant1, participant2)
        ];
    }

    /// @dev Nothing to pay is success: tokens may refuse an amount of 0.
    function _pay(address participant, uint256 amount) internal returns (bool) {
        return amount == 0 || token.transfer(participant, amount);
    }

    function _unlockData(uint256 channel_identifier, address sender, address receiver)
        internal
        view
        returns (UnlockData storage)
    {
        return unlock_data[getUnlockIdentifier(channel_identifier, sender, receiver)];
    }
}
