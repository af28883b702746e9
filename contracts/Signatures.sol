// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Recovery of signers from 65-byte signatures: r, s, and one byte v
abstract contract Signatures {
    /// @dev What a message is about. The numbers are part of the signed bytes.
    enum MessageTypeId {
        None,
        BalanceProof,
        BalanceProofUpdate,
        Withdraw,
        CooperativeSettle,
        IOU,
        MonitoringReward
    }

    /// @dev v is 27 or 28, or 0 or 1 in the other convention. Reverts where nobody can have signed.
    function _recoverSigner(bytes32 digest, bytes memory signature)
        internal
        pure
        returns (address signer)
    {
        require(signature.length == 65);
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        uint8 v = uint8(signature[64]);
        if (v < 27) {
            v += 27;
        }
        require(v == 27 || v == 28);
        signer = ecrecover(digest, v, r, s);
        require(signer != address(0));
    }
}
