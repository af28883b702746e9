// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {Controllable} from "./Controllable.sol";
import {Deposit} from "./Deposit.sol";
import {Token} from "./Token.sol";

/// @title Services that have paid for being found; the price falls with time and rises with demand
contract ServiceRegistry is CommonHelpers, Controllable {
    event RegisteredService(
        address indexed service,
        uint256 valid_till,
        uint256 deposit_amount,
        Deposit deposit_contract
    );

    /// @dev Below these, no step of the price's computation overflows.
    uint256 private constant HIGHEST_PRICE = 2 ** 90;
    uint256 private constant TOO_MUCH = 2 ** 40;

    uint256 public set_price;
    uint256 public set_price_at;
    uint256 public decay_constant = 200 days;
    uint256 public min_price = 1000;
    uint256 public price_bump_numerator = 1;
    uint256 public price_bump_denominator = 1;
    uint256 public registration_duration = 180 days;
    bool public deprecated = false;
    Token public token;
    mapping(address => uint256) public service_valid_till;
    mapping(address => string) public urls;
    address[] public ever_made_deposits;

    /// @notice Prices are in the token's smallest unit, times in seconds.
    constructor(
        Token _token_for_registration,
        address _controller,
        uint256 _initial_price,
        uint256 _price_bump_numerator,
        uint256 _price_bump_denominator,
        uint256 _decay_constant,
        uint256 _min_price,
        uint256 _registration_duration
    ) {
        require(address(_token_for_registration) != address(0), "token at address zero");
        require(contractExists(address(_token_for_registration)), "token has no code");
        require(_initial_price >= _min_price, "initial price too low");
        // misspelt as published: who compares reasons finds what is there
        require(_initial_price <= HIGHEST_PRICE, "intiial price too high");
        token = _token_for_registration;
        require(token.totalSupply() > 0, "total supply zero");
        controller = _controller;
        set_price = _initial_price;
        set_price_at = block.timestamp;
        _change(
            _price_bump_numerator,
            _price_bump_denominator,
            _decay_constant,
            _min_price,
            _registration_duration
        );
    }

    /// @notice Registers the caller, or extends its registration, for the current price.
    /// The tokens go into a deposit of its own. `_limit_amount` is the most that it will pay.
    function deposit(uint256 _limit_amount) external returns (bool _success) {
        require(!deprecated, "this contract was deprecated");
        uint256 amount = currentPrice();
        require(_limit_amount >= amount, "not enough limit");

        uint256 valid_till = service_valid_till[msg.sender];
        if (valid_till == 0) {
            ever_made_deposits.push(msg.sender);
        }
        valid_till = max(valid_till, block.timestamp);
        unchecked {
            require(
                valid_till < valid_till + registration_duration,
                "overflow during extending the registration"
            );
        }
        valid_till += registration_duration;
        service_valid_till[msg.sender] = valid_till;

        set_price = min(amount * price_bump_numerator / price_bump_denominator, HIGHEST_PRICE);
        set_price_at = block.timestamp;

        Deposit kept = new Deposit(token, valid_till, msg.sender, this);
        require(
            token.transferFrom(msg.sender, address(kept), amount),
            "Token transfer for deposit failed"
        );
        emit RegisteredService(msg.sender, valid_till, amount, kept);
        return true;
    }

    /// @notice Says where the caller, a registered service, is found.
    function setURL(string memory new_url) external returns (bool _success) {
        require(hasValidRegistration(msg.sender), "registration expired");
        require(bytes(new_url).length != 0, "new url is empty string");
        urls[msg.sender] = new_url;
        return true;
    }

    /// @notice Ends registrations for good, and releases all deposits.
    function setDeprecationSwitch() external returns (bool _success) {
        _requireController();
        deprecated = true;
        return true;
    }

    /// @notice Changes how prices move; the price of this moment is where they go on from.
    function changeParameters(
        uint256 _price_bump_numerator,
        uint256 _price_bump_denominator,
        uint256 _decay_constant,
        uint256 _min_price,
        uint256 _registration_duration
    ) external returns (bool _success) {
        _requireController();
        _change(
            _price_bump_numerator,
            _price_bump_denominator,
            _decay_constant,
            _min_price,
            _registration_duration
        );
        return true;
    }

    /// @notice How many services have ever registered; see `ever_made_deposits`.
    function everMadeDepositsLen() external view returns (uint256 _len) {
        return ever_made_deposits.length;
    }

    /// @notice Whether a service is registered at the moment.
    function hasValidRegistration(address _address)
        public
        view
        returns (bool _has_registration)
    {
        return block.timestamp < service_valid_till[_address];
    }

    /// @notice What a registration costs at the moment.
    function currentPrice() public view returns (uint256) {
        require(block.timestamp >= set_price_at, "An underflow in price computation");
        return decayedPrice(set_price, block.timestamp - set_price_at);
    }

    /// @notice What becomes of a price: an exponential decay, approximated by the beginning of its
    /// series. After `decay_constant` seconds 24/65 are left; the lowest price is `min_price`.
    function decayedPrice(uint256 _set_price, uint256 _seconds_passed)
        public
        view
        returns (uint256)
    {
        uint256 x = _seconds_passed;
        if (x >= TOO_MUCH) {
            return min_price;
        }
        uint256 a = decay_constant;
        uint256 whole = 24 * a ** 4;
        uint256 grown = whole + 24 * a ** 3 * x + 12 * a ** 2 * x ** 2 + 4 * a * x ** 3 + x ** 4;
        return max(_set_price * whole / grown, min_price);
    }

    /// @dev The order matters: the price is brought up to date by the parameters that there were.
    function _change(
        uint256 numerator,
        uint256 denominator,
        uint256 decay,
        uint256 lowest,
        uint256 duration
    ) internal {
        set_price = currentPrice();
        set_price_at = block.timestamp;

        require(denominator > 0, "divide by zero");
        require(numerator >= denominator, "price dump instead of bump");
        require(numerator < TOO_MUCH, "price dump numerator is too big");
        price_bump_numerator = numerator;
        price_bump_denominator = denominator;

        min_price = lowest;
        require(decay > 0, "attempt to set zero decay constant");
        require(decay < TOO_MUCH, "too big decay constant");
        decay_constant = decay;
        registration_duration = duration;
    }
}
