// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {Channels} from "./Channels.sol";
import {ServiceRegistry} from "./ServiceRegistry.sol";
import {Signatures} from "./Signatures.sol";
import {Token} from "./Token.sol";
import {TokenNetwork} from "./TokenNetwork.sol";
import {TokenNetworkRegistry} from "./TokenNetworkRegistry.sol";
import {UserDeposit} from "./UserDeposit.sol";

/// @title Services that show balance proofs for users who are away, and their rewards
contract MonitoringService is CommonHelpers, Signatures {
    event NewBalanceProofReceived(
        address token_network_address,
        uint256 channel_identifier,
        uint256 reward_amount,
        uint256 indexed nonce,
        address indexed ms_address,
        address indexed raiden_node_address
    );
    event RewardClaimed(
        address indexed ms_address,
        uint256 amount,
        bytes32 indexed reward_identifier
    );

    /// @dev What the user promised whoever shows the newest proof, and who that was.
    struct Reward {
        uint256 amount;
        uint256 nonce;
        address sender;
        address service;
    }

    /// @dev Services' turns begin in this part of the settle timeout, in percent.
    uint256 private constant FIRST_TURN = 30;
    uint256 private constant LAST_TURN = 80;

    Token public token;
    ServiceRegistry public service_registry;
    UserDeposit public user_deposit;
    TokenNetworkRegistry public token_network_registry;

    /// @dev By channel and token network.
    mapping(bytes32 => Reward) private rewards;

    constructor(
        address _token_address,
        address _service_registry_address,
        address _udc_address,
        address _token_network_registry_address
    ) {
        require(_token_address != address(0), "Token at address zero");
        require(_service_registry_address != address(0), "ServiceRegistry at address zero");
        require(_udc_address != address(0), "UDC at address zero");
        require(contractExists(_token_address), "token has no code");
        require(contractExists(_service_registry_address), "ServiceRegistry has no code");
        require(contractExists(_udc_address), "UDC has no code");
        require(
            contractExists(_token_network_registry_address),
            "TokenNetworkRegistry has no code"
        );
        token = Token(_token_address);
        service_registry = ServiceRegistry(_service_registry_address);
        user_deposit = UserDeposit(_udc_address);
        token_network_registry = TokenNetworkRegistry(_token_network_registry_address);
        require(token.totalSupply() > 0, "Token with zero total supply");
    }

    /// @notice Shows the closing participant's balance proof in place of the other one, who has
    /// signed it for that, and a reward. The caller must be a registered service in its turn.
    function monitor(
        address closing_participant,
        address non_closing_participant,
        bytes32 balance_hash,
        uint256 nonce,
        bytes32 additional_hash,
        bytes memory closing_signature,
        bytes memory non_closing_signature,
        uint256 reward_amount,
        TokenNetwork token_network_address,
        bytes memory reward_proof_signature
    ) external {
        _promise(
            token_network_address,
            closing_participant,
            non_closing_participant,
            reward_amount,
            nonce,
            non_closing_signature,
            reward_proof_signature
        );
        uint256 channel_identifier = token_network_address.getChannelIdentifier(
            closing_participant,
            non_closing_participant
        );
        require(
            block.number >= firstBlockAllowedToMonitorChannel(
                token_network_address,
                channel_identifier,
                closing_participant,
                non_closing_participant,
                msg.sender
            ),
            "not allowed to monitor"
        );
        token_network_address.updateNonClosingBalanceProof(
            channel_identifier,
            closing_participant,
            non_closing_participant,
            balance_hash,
            nonce,
            additional_hash,
            closing_signature,
            non_closing_signature
        );
        emit NewBalanceProofReceived(
            address(token_network_address),
            channel_identifier,
            reward_amount,
            nonce,
            msg.sender,
            non_closing_participant
        );
    }

    /// @notice Pays who has shown the newest proof, once the channel can be settled; anyone may call.
    function claimReward(
        uint256 channel_identifier,
        TokenNetwork token_network_address,
        address closing_participant,
        address non_closing_participant
    ) external returns (bool) {
        bytes32 identifier = _rewardIdentifier(channel_identifier, token_network_address);
        (uint256 settle_block, Channels.ChannelState state) = token_network_address
            .getChannelInfo(channel_identifier, closing_participant, non_closing_participant);
        require(
            state == Channels.ChannelState.Closed || state == Channels.ChannelState.Settled
                || state == Channels.ChannelState.Removed,
            "too early channel state"
        );
        require(settle_block < block.number, "channel not settled yet");

        Reward storage reward = rewards[identifier];
        require(reward.sender != address(0), "reward_sender is zero");
        require(
            user_deposit.transfer(reward.sender, reward.service, reward.amount),
            "UDC did not transfer"
        );
        emit RewardClaimed(reward.service, reward.amount, identifier);
        delete rewards[identifier];
        return true;
    }

    /// @notice The block from which on a service may show a proof in a closed channel.
    function firstBlockAllowedToMonitorChannel(
        TokenNetwork token_network,
        uint256 channel_identifier,
        address closing_participant,
        address non_closing_participant,
        address monitoring_service_address
    ) public view returns (uint256) {
        require(
            service_registry.hasValidRegistration(monitoring_service_address),
            "service not registered"
        );
        (uint256 settle_block, Channels.ChannelState state) = token_network.getChannelInfo(
            channel_identifier,
            closing_participant,
            non_closing_participant
        );
        require(state == Channels.ChannelState.Closed, "channel not closed");
        // the shortest timeout that the channel can have, not its own: so it is published
        uint256 settle_timeout = token_network.settlement_timeout_min();
        require(settle_timeout <= settle_block, "too low settle block number");
        return firstBlockAllowedToMonitor(
            settle_block - settle_timeout,
            settle_timeout,
            closing_participant,
            non_closing_participant,
            monitoring_service_address
        );
    }

    /// @notice Spreads services over a part of the settle timeout, so that they don't all come at
    /// once, each in a place that follows from the addresses.
    function firstBlockAllowedToMonitor(
        uint256 closed_at_block,
        uint256 settle_timeout,
        address participant1,
        address participant2,
        address monitoring_service_address
    ) public pure returns (uint256) {
        require(settle_timeout < type(uint256).max / 100, "maliciously big settle timeout");
        require(closed_at_block < type(uint256).max / 100, "maliciously big closed_at_block");
        uint256 first = closed_at_block + settle_timeout * FIRST_TURN / 100;
        uint256 blocks = settle_timeout * (LAST_TURN - FIRST_TURN) / 100;
        uint256 place = uint256(uint160(participant1)) + uint256(uint160(participant2))
            + uint256(uint160(monitoring_service_address));
        return first + place % blocks;
    }

    /// @dev Notes the reward for a newer proof than any that was shown before.
    function _promise(
        TokenNetwork token_network,
        address closing_participant,
        address non_closing_participant,
        uint256 amount,
        uint256 nonce,
        bytes memory non_closing_signature,
        bytes memory signature
    ) internal {
        require(
            token_network_registry.token_to_token_networks(address(token_network.token()))
                == address(token_network),
            "Unknown TokenNetwork"
        );
        uint256 channel_identifier =
            token_network.getChannelIdentifier(closing_participant, non_closing_participant);
        bytes32 digest = keccak256(
            abi.encodePacked(
                signature_prefix,
                "221",
                address(this),
                block.chainid,
                uint256(MessageTypeId.MonitoringReward),
                token_network,
                non_closing_participant,
                non_closing_signature,
                amount
            )
        );
        require(
            non_closing_participant == _recoverSigner(digest, signature),
            "Reward proof with wrong non_closing_participant"
        );
        Reward storage reward = rewards[_rewardIdentifier(channel_identifier, token_network)];
        require(nonce > reward.nonce, "stale nonce");
        reward.amount = amount;
        reward.nonce = nonce;
        reward.sender = non_closing_participant;
        reward.service = msg.sender;
    }

    function _rewardIdentifier(uint256 channel_identifier, TokenNetwork token_network)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(channel_identifier, token_network));
    }
}
