// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ServiceRegistry} from "./ServiceRegistry.sol";
import {Token} from "./Token.sol";

/// @title Keeps what a service has paid for its registration, until that ends
contract Deposit {
    Token public token;
    uint256 public release_at;
    address public withdrawer;

    ServiceRegistry private service_registry;

    /// @notice `_release_at` is a timestamp in seconds.
    constructor(
        Token _token,
        uint256 _release_at,
        address _withdrawer,
        ServiceRegistry _service_registry
    ) {
        token = _token;
        release_at = _release_at;
        withdrawer = _withdrawer;
        service_registry = _service_registry;
    }

    /// @notice Pays everything to `_to`: after the release, or once the registry is deprecated.
    function withdraw(address payable _to) external {
        uint256 held = token.balanceOf(address(this));
        require(msg.sender == withdrawer, "the caller is not the withdrawer");
        require(
            block.timestamp >= release_at || service_registry.deprecated(),
            "deposit not released yet"
        );
        require(held > 0, "nothing to withdraw");
        require(token.transfer(_to, held), "token didn't transfer");
    }
}
