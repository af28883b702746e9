// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {Controllable} from "./Controllable.sol";
import {TokenNetwork} from "./TokenNetwork.sol";

/// @title Creates the token networks, one for each token
contract TokenNetworkRegistry is CommonHelpers, Controllable {
    event TokenNetworkCreated(
        address indexed token_address,
        address indexed token_network_address
    );

    address public secret_registry_address;
    uint256 public settlement_timeout_min;
    uint256 public settlement_timeout_max;
    uint256 public max_token_networks;
    uint256 public token_network_created;
    mapping(address => address) public token_to_token_networks;

    /// @notice The deployer becomes the controller, of the token networks created here as well.
    constructor(
        address _secret_registry_address,
        uint256 _settlement_timeout_min,
        uint256 _settlement_timeout_max,
        uint256 _max_token_networks
    ) {
        require(_settlement_timeout_min > 0, "TNR: invalid settle timeout min");
        require(_settlement_timeout_max > 0, "TNR: invalid settle timeout max");
        require(
            _settlement_timeout_max > _settlement_timeout_min,
            "TNR: invalid settle timeouts"
        );
        require(_secret_registry_address != address(0), "TNR: invalid SR address");
        require(contractExists(_secret_registry_address), "TNR: invalid SR");
        require(_max_token_networks > 0, "TNR: invalid TN limit");

        controller = msg.sender;
        secret_registry_address = _secret_registry_address;
        settlement_timeout_min = _settlement_timeout_min;
        settlement_timeout_max = _settlement_timeout_max;
        max_token_networks = _max_token_networks;
    }

    /// @notice Creates a token network in which deposits are limited.
    function createERC20TokenNetwork(
        address _token_address,
        uint256 _channel_participant_deposit_limit,
        uint256 _token_network_deposit_limit
    ) external returns (address token_network_address) {
        return _create(
            _token_address,
            _channel_participant_deposit_limit,
            _token_network_deposit_limit
        );
    }

    /// @notice Creates a token network without deposit limits.
    function createERC20TokenNetworkWithoutLimits(address _token_address)
        external
        returns (address token_network_address)
    {
        return _create(_token_address, type(uint256).max, type(uint256).max);
    }

    /// @notice Allows any number of token networks, from now on only ones without limits.
    function removeLimits() external {
        _requireController();
        max_token_networks = type(uint256).max;
    }

    /// @dev The token network's constructor checks the token.
    function _create(address token, uint256 participant_limit, uint256 network_limit)
        internal
        returns (address network)
    {
        require(token_network_created < max_token_networks, "TNR: registry full");
        if (max_token_networks == type(uint256).max) {
            require(
                min(participant_limit, network_limit) == type(uint256).max,
                "TNR: limits must be set to MAX_INT"
            );
        }
        require(token_to_token_networks[token] == address(0), "TNR: token already registered");

        token_network_created += 1;
        network = address(
            new TokenNetwork(
                token,
                secret_registry_address,
                settlement_timeout_min,
                settlement_timeout_max,
                controller,
                participant_limit,
                network_limit
            )
        );
        token_to_token_networks[token] = network;
        emit TokenNetworkCreated(token, network);
    }
}
