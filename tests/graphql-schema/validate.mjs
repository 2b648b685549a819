// Validates every document that ankkor sends, and the variables it sends with them, against the
// schema of a real shop with the reference implementation of GraphQL.
//   node validate.mjs SCHEMA < bodies       (bodies: a line "NAME<TAB>BODY" for each)
import { readFileSync } from "node:fs";
import {
  NoDeprecatedCustomRule, Kind, buildSchema, getVariableValues, parse, specifiedRules, validate,
} from "graphql";

const schema = buildSchema(readFileSync(process.argv[2], "utf8"));
const lines = readFileSync(0, "utf8").split("\n").filter((line) => line !== "");
const rules = [...specifiedRules, NoDeprecatedCustomRule];

function faults(body) {
  const { query, variables, ...rest } = JSON.parse(body);
  if (Object.keys(rest).length !== 0) return [`unknown members: ${Object.keys(rest)}`];
  const document = parse(query);
  const found = validate(schema, document, rules).map((error) => error.message);
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operations.length !== 1) return [...found, "not exactly one operation"];
  if (found.length !== 0) return found;
  const definitions = operations[0].variableDefinitions ?? [];
  const names = new Set(definitions.map((each) => each.variable.name.value));
  const strangers = Object.keys(variables).filter((name) => !names.has(name));
  const { errors = [] } = getVariableValues(schema, definitions, variables);
  return [...strangers.map((name) => `unknown variable ${name}`), ...errors.map((e) => e.message)];
}

let failed = 0;
for (const line of lines) {
  const [name, body] = line.split("\t");
  const found = faults(body);
  console.log(`${found.length === 0 ? "ok  " : "FAIL"} ${name}`);
  for (const fault of found) console.log(`     ${fault}`);
  failed += found.length === 0 ? 0 : 1;
}

// The test must be able to fail: the same with a field that no shop has.
const broken = JSON.parse(lines[0].split("\t")[1]);
broken.query = broken.query.replaceAll("stockQuantity", "noSuchField");
const noticed = faults(JSON.stringify(broken)).some((fault) => fault.includes("noSuchField"));
if (!noticed) console.log("FAIL a field that the schema lacks was not noticed");

if (lines.length < 6) console.log(`FAIL only ${lines.length} documents`);
process.exit(failed === 0 && noticed && lines.length >= 6 ? 0 : 1);
