// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";

/// @title How the deposits of a closed channel are divided
abstract contract Settlement is CommonHelpers {
    /// @dev What one participant put in, took out, and owes the other one.
    struct Side {
        uint256 deposit;
        uint256 withdrawn;
        uint256 transferred;
        uint256 locked;
    }

    /// @dev What one participant gets now, and what stays here for its unresolved locks.
    struct Share {
        uint256 paid;
        uint256 locked;
    }

    /// @notice The most that participant 1 can claim: its own deposit plus the net it received,
    /// all locks of both sides taken as resolved. Participant 1 must not have sent the most.
    function getMaxPossibleReceivableAmount(
        uint256 participant1_deposit,
        uint256 participant1_withdrawn,
        uint256 participant1_transferred,
        uint256 participant1_locked,
        uint256 participant2_transferred,
        uint256 participant2_locked
    ) public pure returns (uint256) {
        uint256 sent = failsafe_addition(participant1_transferred, participant1_locked);
        uint256 received = failsafe_addition(participant2_transferred, participant2_locked);
        require(received >= sent, "TN: transfers not ordered");

        uint256 gross = failsafe_addition(received - sent, participant1_deposit);
        (uint256 claim, ) = failsafe_subtract(gross, participant1_withdrawn);
        return claim;
    }

    /// @dev Outdated balance proofs can ask for more than there is, so every step is capped by
    /// what is left; the four amounts always add up to what the channel holds.
    function _divide(Side memory first, Side memory second)
        internal
        pure
        returns (Share memory share1, Share memory share2)
    {
        uint256 available = first.deposit + second.deposit - first.withdrawn - second.withdrawn;
        uint256 claim = getMaxPossibleReceivableAmount(
            first.deposit,
            first.withdrawn,
            first.transferred,
            first.locked,
            second.transferred,
            second.locked
        );
        uint256 part1 = min(claim, available);
        uint256 part2 = available - part1;
        (share1.paid, share2.locked) = failsafe_subtract(part1, second.locked);
        (share2.paid, share1.locked) = failsafe_subtract(part2, first.locked);
    }
}
