// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonHelpers} from "./CommonHelpers.sol";
import {Signatures} from "./Signatures.sol";

/// @title Signed messages about the state of a channel
abstract contract BalanceProofs is CommonHelpers, Signatures {
    struct SignedState {
        uint256 channel_identifier;
        bytes32 balance_hash;
        uint256 nonce;
        bytes32 additional_hash;
    }

    /// @dev Who signed `state` as its sender.
    function _recoverSender(SignedState memory state, bytes calldata signature)
        internal
        view
        returns (address)
    {
        bytes memory message = _message(MessageTypeId.BalanceProof, state, "");
        bytes32 digest = keccak256(abi.encodePacked(signature_prefix, "212", message));
        return _recoverSigner(digest, signature);
    }

    /// @dev Who signed `state` together with its sender's signature, as its receiver.
    function _recoverReceiver(
        MessageTypeId kind,
        SignedState memory state,
        bytes calldata sender_signature,
        bytes calldata signature
    ) internal view returns (address) {
        bytes memory message = _message(kind, state, sender_signature);
        bytes32 digest = keccak256(abi.encodePacked(signature_prefix, "277", message));
        return _recoverSigner(digest, signature);
    }

    /// @dev 212 bytes, and 277 with a signature; good for one contract on one chain only.
    function _message(MessageTypeId kind, SignedState memory state, bytes memory appended)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodePacked(
            address(this),
            block.chainid,
            uint256(kind),
            state.channel_identifier,
            state.balance_hash,
            state.nonce,
            state.additional_hash,
            appended
        );
    }
}
