// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {Token} from "./Token.sol";

/// @title Tokens out of which users pay services
contract UserDeposit is CommonHelpers {
    event BalanceReduced(address indexed owner, uint256 newBalance);
    event WithdrawPlanned(address indexed withdrawer, uint256 plannedBalance);

    /// @dev An amount that can be taken out from this block on.
    struct WithdrawPlan {
        uint256 amount;
        uint256 withdraw_block;
    }

    /// @notice Blocks between planning and withdrawing: time for services to claim theirs.
    uint256 public constant withdraw_delay = 100;

    Token public token;
    address public msc_address;
    address public one_to_n_address;
    mapping(address => uint256) public total_deposit;
    mapping(address => uint256) public balances;
    mapping(address => WithdrawPlan) public withdraw_plans;
    uint256 public whole_balance;
    uint256 public whole_balance_limit;

    /// @notice The limit is on what all users have here together.
    constructor(address _token_address, uint256 _whole_balance_limit) {
        require(_token_address != address(0), "token at address zero");
        require(contractExists(_token_address), "token has no code");
        token = Token(_token_address);
        require(token.totalSupply() > 0, "token has no total supply");
        require(_whole_balance_limit > 0, "whole balance limit is zero");
        whole_balance_limit = _whole_balance_limit;
    }

    /// @notice Names the two contracts that may move deposits; once, by anybody.
    function init(address _msc_address, address _one_to_n_address) external {
        require(
            msc_address == address(0) && one_to_n_address == address(0),
            "already initialized"
        );
        require(_msc_address != address(0), "MS contract at address zero");
        require(contractExists(_msc_address), "MS contract has no code");
        require(_one_to_n_address != address(0), "OneToN at address zero");
        require(contractExists(_one_to_n_address), "OneToN has no code");
        msc_address = _msc_address;
        one_to_n_address = _one_to_n_address;
    }

    /// @notice Raises what was ever deposited for a user to a total; the caller pays.
    function deposit(address beneficiary, uint256 new_total_deposit) external {
        require(new_total_deposit > total_deposit[beneficiary], "deposit not increasing");
        uint256 added = new_total_deposit - total_deposit[beneficiary];
        balances[beneficiary] += added;
        total_deposit[beneficiary] += added;
        whole_balance += added;
        require(whole_balance <= whole_balance_limit, "too much deposit");
        require(token.transferFrom(msg.sender, address(this), added), "tokens didn't transfer");
    }

    /// @notice Moves tokens between two users; answers false where the sender has too few, or for 0.
    function transfer(address sender, address receiver, uint256 amount)
        external
        returns (bool success)
    {
        require(
            msg.sender == msc_address || msg.sender == one_to_n_address,
            "unknown caller"
        );
        require(sender != receiver, "sender == receiver");
        if (balances[sender] < amount || amount == 0) {
            return false;
        }
        balances[sender] -= amount;
        balances[receiver] += amount;
        emit BalanceReduced(sender, balances[sender]);
        return true;
    }

    /// @notice Announces a withdrawal; a plan replaces the one before.
    function planWithdraw(uint256 amount) external {
        require(amount > 0, "withdrawing zero");
        require(balances[msg.sender] >= amount, "withdrawing too much");
        withdraw_plans[msg.sender] = WithdrawPlan(amount, block.number + withdraw_delay);
        emit WithdrawPlanned(msg.sender, balances[msg.sender] - amount);
    }

    /// @notice Takes out what was planned, or less.
    function withdraw(uint256 amount) external {
        _withdraw(amount, msg.sender);
    }

    /// @notice The same, for another account.
    function withdrawToBeneficiary(uint256 amount, address beneficiary) external {
        _withdraw(amount, beneficiary);
    }

    /// @notice What services can count on: without what may be withdrawn.
    function effectiveBalance(address owner) external view returns (uint256 remaining_balance) {
        uint256 planned = withdraw_plans[owner].amount;
        return balances[owner] < planned ? 0 : balances[owner] - planned;
    }

    function _withdraw(uint256 amount, address beneficiary) internal {
        require(beneficiary != address(0), "beneficiary is zero");
        WithdrawPlan storage plan = withdraw_plans[msg.sender];
        require(amount <= plan.amount, "withdrawing more than planned");
        require(plan.withdraw_block <= block.number, "withdrawing too early");

        uint256 paid = min(amount, balances[msg.sender]);
        balances[msg.sender] -= paid;
        whole_balance -= paid;
        emit BalanceReduced(msg.sender, balances[msg.sender]);
        delete withdraw_plans[msg.sender];
        require(token.transfer(beneficiary, paid), "tokens didn't transfer");
    }
}
