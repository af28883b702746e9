// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Channels} from "./Channels.sol";

/// @title Paying out what settled channels keep for pending locks
abstract contract Unlocking is Channels {
    event ChannelUnlocked(
        uint256 indexed channel_identifier,
        address indexed receiver,
        address indexed sender,
        bytes32 locksroot,
        uint256 unlocked_amount,
        uint256 returned_tokens
    );

    /// @dev Expiration block, amount and hash of the secret, 32 bytes each.
    uint256 private constant LOCK_BYTES = 96;

    /// @notice Pays the locks whose secrets were revealed in time to the receiver, and the rest
    /// back to the sender; anyone may call. All of the sender's locks are needed, in their order.
    function unlock(
        uint256 channel_identifier,
        address receiver,
        address sender,
        bytes calldata locks
    ) external {
        require(
            channel_identifier != getChannelIdentifier(receiver, sender),
            "TN/unlock: channel id still exists"
        );
        require(
            channels[channel_identifier].state == ChannelState.NonExistent,
            "TN/unlock: channel not settled"
        );
        uint256 unlocked = _unlockedAmount(locks);
        UnlockData storage kept = _unlockData(channel_identifier, sender, receiver);
        bytes32 locksroot = kept.locksroot;
        uint256 available = kept.locked_amount;
        require(locksroot == keccak256(locks), "TN/unlock: locksroot mismatch");
        require(available > 0, "TN/unlock: zero locked amount");

        unlocked = min(unlocked, available);
        uint256 returned = available - unlocked;
        kept.locksroot = 0;
        kept.locked_amount = 0;
        emit ChannelUnlocked(
            channel_identifier,
            receiver,
            sender,
            locksroot,
            unlocked,
            returned
        );

        require(_pay(receiver, unlocked), "TN/unlock: unlocked transfer failed");
        require(_pay(sender, returned), "TN/unlock: returned transfer failed");
    }

    /// @dev The sum of the locks whose secret was revealed in a block before the expiration.
    function _unlockedAmount(bytes calldata locks) internal view returns (uint256 unlocked) {
        require(locks.length % LOCK_BYTES == 0, "TN: invalid locks size");
        for (uint256 start = 0; start < locks.length; start += LOCK_BYTES) {
            (uint256 expiration, uint256 amount, bytes32 secrethash) =
                abi.decode(locks[start:start + LOCK_BYTES], (uint256, uint256, bytes32));
            uint256 revealed = secret_registry.getSecretRevealBlockHeight(secrethash);
            if (revealed != 0 && revealed < expiration) {
                unlocked += amount;
            }
        }
    }
}
