// Compiles every *.sol of this folder; writes one artifact for each deployable contract, and the
// hashes of these and of all that they are made from.
// Usage: node compile.mjs [output folder]
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = dirname(fileURLToPath(import.meta.url));
const DEFAULT_OUTPUT = join(SOURCES, "..", "simulator", "chain", "artifacts");
const DEPLOYABLE = [
  "CustomToken",
  "Deposit",
  "MonitoringService",
  "OneToN",
  "SecretRegistry",
  "ServiceRegistry",
  "TokenNetwork",
  "TokenNetworkRegistry",
  "UserDeposit",
];
const EVM_VERSION = "paris";
const MAX_RUNTIME_BYTES = 24576; // EIP-170
const SUMS = "SHA256SUMS";

function read(name) {
  return readFileSync(join(SOURCES, name), "utf8").replaceAll("\r\n", "\n");
}

function solidityFiles() {
  return readdirSync(SOURCES).filter((name) => name.endsWith(".sol")).sort();
}

function standardInput() {
  return {
    language: "Solidity",
    sources: Object.fromEntries(solidityFiles().map((name) => [name, { content: read(name) }])),
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: { enabled: true, runs: 200 },
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: {
        "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] },
      },
    },
  };
}

async function loadCompiler() {
  try {
    return (await import("solc")).default;
  } catch {
    throw new Error("the compiler is not installed here: run npm ci");
  }
}

function compile(solc) {
  const output = JSON.parse(solc.compile(JSON.stringify(standardInput())));
  const [problem] = output.errors ?? []; // a warning counts as an error
  if (problem !== undefined) {
    const [, where] = /--> (.*?):?\n/.exec(problem.formattedMessage) ?? ["", "input"];
    throw new Error(`${where}: ${problem.type}: ${problem.message}`);
  }
  return output.contracts;
}

function artifact(contracts, name, compiler) {
  const { abi, evm } = contracts[`${name}.sol`][name];
  const size = evm.deployedBytecode.object.length / 2;
  if (size > MAX_RUNTIME_BYTES) {
    throw new Error(`${name}: ${size} bytes of runtime code, ${MAX_RUNTIME_BYTES} are allowed`);
  }
  return {
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    compiler,
    contractName: name,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    evmVersion: EVM_VERSION,
  };
}

function sorted(value) {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function sums(artifacts) {
  const madeFrom = [...solidityFiles(), "compile.mjs", "package-lock.json"];
  const texts = [...madeFrom.map((name) => [name, read(name)]), ...artifacts];
  return texts
    .map(([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`)
    .join("");
}

try {
  const folder = resolve(process.argv[2] ?? DEFAULT_OUTPUT);
  const solc = await loadCompiler();
  const contracts = compile(solc);
  const texts = DEPLOYABLE.map((name) => {
    const text = JSON.stringify(sorted(artifact(contracts, name, solc.version())), null, 2);
    return [`${name}.json`, `${text}\n`];
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of [...texts, [SUMS, sums(texts)]]) {
    writeFileSync(join(folder, name), text);
  }
} catch (error) {
  console.error(`compile: ${String(error.message).split("\n")[0]}`);
  process.exitCode = 1;
}
