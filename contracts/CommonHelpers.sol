// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Small public helpers that token networks and their registry share
abstract contract CommonHelpers {
    string public constant signature_prefix = "\x19Ethereum Signed Message:\n";

    /// @notice Whether there is code at an address.
    function contractExists(address contract_address) public view returns (bool) {
        return contract_address.code.length > 0;
    }

    /// @notice The smaller of two numbers.
    function min(uint256 a, uint256 b) public pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @notice The larger of two numbers.
    function max(uint256 a, uint256 b) public pure returns (uint256) {
        return a < b ? b : a;
    }

    /// @notice Takes from `a` as much of `b` as there is: what is left, and what was taken.
    function failsafe_subtract(uint256 a, uint256 b) public pure returns (uint256, uint256) {
        uint256 taken = min(a, b);
        return (a - taken, taken);
    }

    /// @notice Sum of two numbers, 2**256 - 1 at most.
    function failsafe_addition(uint256 a, uint256 b) public pure returns (uint256) {
        return b > type(uint256).max - a ? type(uint256).max : a + b;
    }
}
