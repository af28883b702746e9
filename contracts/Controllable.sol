// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Base of contracts with one privileged account
abstract contract Controllable {
    address public controller;

    /// @notice Hands the privilege over.
    function changeController(address new_controller) external {
        _requireController();
        controller = new_controller;
    }

    function _requireController() internal view {
        require(msg.sender == controller, "Can only be called by controller");
    }
}
