// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// @title Test token: an ERC-20 of which anyone may mint any amount
contract CustomToken is Token {
    event Minted(address indexed _to, uint256 indexed _num);

    /// @dev Its getter `decimals()` has a named result, as in the published ABI.
    struct Display {
        uint8 decimals;
    }

    string public constant version = "H0.1";
    string public name;
    string public symbol;
    uint8 public _decimals;
    Display public decimals;
    uint256 public multiplier;
    address payable public owner_address;
    mapping(address => uint256) public balances;

    uint256 private supplied;
    mapping(address => mapping(address => uint256)) private allowances;

    /// @notice The deployer owns the initial supply.
    constructor(
        uint256 initial_supply,
        uint8 decimal_units,
        string memory token_name,
        string memory token_symbol
    ) {
        name = token_name;
        symbol = token_symbol;
        _decimals = decimal_units;
        decimals = Display(decimal_units);
        multiplier = 10 ** uint256(decimal_units);
        owner_address = payable(msg.sender);
        balances[msg.sender] = initial_supply;
        supplied = initial_supply;
    }

    /// @notice Mints for the caller.
    function mint(uint256 num) external {
        _mint(num, msg.sender);
    }

    /// @notice Mints for `target`.
    function mintFor(uint256 num, address target) external {
        _mint(num, target);
    }

    /// @notice Answers false, and moves nothing, for an amount of 0 or above the caller's balance.
    function transfer(address _to, uint256 _value) external returns (bool success) {
        if (_value == 0 || balances[msg.sender] < _value) {
            return false;
        }
        _move(msg.sender, _to, _value);
        return true;
    }

    /// @notice Reverts for an amount of 0, above the balance or above the allowance.
    function transferFrom(address _from, address _to, uint256 _value)
        external
        returns (bool success)
    {
        require(balances[_from] >= _value);
        require(allowances[_from][msg.sender] >= _value);
        require(_value > 0);
        allowances[_from][msg.sender] -= _value;
        _move(_from, _to, _value);
        return true;
    }

    /// @inheritdoc Token
    function approve(address _spender, uint256 _value) external returns (bool success) {
        allowances[msg.sender][_spender] = _value;
        emit Approval(msg.sender, _spender, _value);
        return true;
    }

    /// @notice Sends any ETH held by this contract to its owner.
    function transferFunds() external {
        require(msg.sender == owner_address);
        uint256 funds = address(this).balance;
        require(funds > 0);
        (bool sent, ) = owner_address.call{value: funds, gas: 0}("");
        require(sent);
    }

    /// @inheritdoc Token
    function allowance(address _owner, address _spender)
        external
        view
        returns (uint256 remaining)
    {
        return allowances[_owner][_spender];
    }

    /// @inheritdoc Token
    function balanceOf(address _owner) external view returns (uint256 balance) {
        return balances[_owner];
    }

    /// @inheritdoc Token
    function totalSupply() external view returns (uint256 supply) {
        return supplied;
    }

    /// @dev Panics where a balance or the supply would exceed 2**256 - 1.
    function _mint(uint256 num, address target) internal {
        balances[target] += num;
        supplied += num;
        emit Minted(target, num);
    }

    /// @dev The caller has checked the balance of `source`.
    function _move(address source, address target, uint256 amount) internal {
        balances[source] -= amount;
        balances[target] += amount;
        emit Transfer(source, target, amount);
    }
}
