// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Public record of revealed secrets and of the block of each first reveal
contract SecretRegistry {
    event SecretRevealed(bytes32 indexed secrethash, bytes32 secret);

    mapping(bytes32 => uint256) private reveal_blocks;

    /// @notice Records a secret; answers false where it was known already.
    function registerSecret(bytes32 secret) external returns (bool) {
        return _register(secret);
    }

    /// @notice Records all secrets; answers false where any of them was known already.
    function registerSecretBatch(bytes32[] calldata secrets) external returns (bool) {
        bool all_new = true;
        for (uint256 i = 0; i < secrets.length; i++) {
            all_new = _register(secrets[i]) && all_new;
        }
        return all_new;
    }

    /// @notice The block in which the secret with this SHA-256 hash was revealed, or 0.
    function getSecretRevealBlockHeight(bytes32 secrethash) external view returns (uint256) {
        return reveal_blocks[secrethash];
    }

    /// @dev A repeated reveal keeps the first block and is no event.
    function _register(bytes32 secret) internal returns (bool) {
        bytes32 secrethash = sha256(abi.encodePacked(secret));
        if (reveal_blocks[secrethash] != 0) {
            return false;
        }
        reveal_blocks[secrethash] = block.number;
        emit SecretRevealed(secrethash, secret);
        return true;
    }
}
