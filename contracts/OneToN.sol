// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {ServiceRegistry} from "./ServiceRegistry.sol";
import {Signatures} from "./Signatures.sol";
import {UserDeposit} from "./UserDeposit.sol";

/// @title Users' IOUs for services, paid out of their deposits
contract OneToN is CommonHelpers, Signatures {
    event Claimed(
        address sender,
        address indexed receiver,
        uint256 expiration_block,
        uint256 transferred
    );

    uint256 private constant SIGNATURE_BYTES = 65;

    UserDeposit public deposit_contract;
    ServiceRegistry public service_registry_contract;
    uint256 public chain_id;

    /// @notice Expiration blocks of the sessions that are over, by receiver, sender and that block.
    mapping(bytes32 => uint256) public settled_sessions;

    /// @notice `_chain_id` is part of what users sign.
    constructor(
        address _deposit_contract,
        uint256 _chain_id,
        address _service_registry_contract
    ) {
        deposit_contract = UserDeposit(_deposit_contract);
        chain_id = _chain_id;
        service_registry_contract = ServiceRegistry(_service_registry_contract);
    }

    /// @notice Claims several IOUs or none of them; signatures one after the other. What was paid.
    function bulkClaim(
        address[] calldata senders,
        address[] calldata receivers,
        uint256[] calldata amounts,
        uint256[] calldata expiration_blocks,
        bytes calldata signatures
    ) external returns (uint256) {
        require(
            senders.length == receivers.length && senders.length == amounts.length
                && senders.length == expiration_blocks.length,
            "Same number of elements required for all input parameters"
        );
        require(
            signatures.length == senders.length * SIGNATURE_BYTES,
            "`signatures` should contain 65 bytes per IOU"
        );
        uint256 transferred = 0;
        for (uint256 i = 0; i < senders.length; i++) {
            uint256 start = i * SIGNATURE_BYTES;
            transferred += claim(
                senders[i],
                receivers[i],
                amounts[i],
                expiration_blocks[i],
                signatures[start:start + SIGNATURE_BYTES]
            );
        }
        return transferred;
    }

    /// @notice Pays a registered service what the sender has signed, or what it has left.
    /// Anyone may call, up to the expiration block; what was paid.
    function claim(
        address sender,
        address receiver,
        uint256 amount,
        uint256 expiration_block,
        bytes memory signature
    ) public returns (uint256) {
        require(
            service_registry_contract.hasValidRegistration(receiver),
            "receiver not registered"
        );
        require(block.number <= expiration_block, "IOU expired");
        bytes32 digest = keccak256(
            abi.encodePacked(
                signature_prefix,
                "188",
                address(this),
                chain_id,
                uint256(MessageTypeId.IOU),
                sender,
                receiver,
                amount,
                expiration_block
            )
        );
        require(sender == _recoverSigner(digest, signature), "Signature mismatch");

        bytes32 session = keccak256(abi.encodePacked(receiver, sender, expiration_block));
        require(settled_sessions[session] == 0, "Already settled session");
        uint256 transferred = min(amount, deposit_contract.balances(sender));
        if (transferred > 0) {
            settled_sessions[session] = expiration_block;
            emit Claimed(sender, receiver, expiration_block, transferred);
            require(
                deposit_contract.transfer(sender, receiver, transferred),
                "deposit did not transfer"
            );
        }
        return transferred;
    }
}
