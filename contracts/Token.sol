// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The part of ERC-20 that a token network relies on
interface Token {
    event Transfer(address indexed _from, address indexed _to, uint256 _value);
    event Approval(address indexed _owner, address indexed _spender, uint256 _value);

    /// @notice Moves tokens of the caller.
    function transfer(address _to, uint256 _value) external returns (bool success);

    /// @notice Moves tokens of `_from` within the allowance given to the caller.
    function transferFrom(address _from, address _to, uint256 _value)
        external
        returns (bool success);

    /// @notice Replaces the allowance of `_spender` over the caller's tokens.
    function approve(address _spender, uint256 _value) external returns (bool success);

    /// @notice What `_spender` may still move out of `_owner`'s account.
    function allowance(address _owner, address _spender)
        external
        view
        returns (uint256 remaining);

    /// @notice Tokens held by one account.
    function balanceOf(address _owner) external view returns (uint256 balance);

    /// @notice Tokens held by all accounts together.
    function totalSupply() external view returns (uint256 supply);
}
