import { CAMPAIGN_TYPES } from '../reengagement/campaign-type.js';
import { describe } from './explain.js';
import { variableName } from './overlay-env.js';
import { isSecret, schemaTree, type SchemaNode } from './schema-tree.js';

const INTRODUCTION = `# Configuration

<!-- Written by npm run schema out of src/config/schema/; do not edit. -->

\`reengaged.json\` is the configuration; \`reengaged.example.json\` is one to begin with, and \`reengaged.schema.json\` tells editors about it. \`reengaged.service\` is for systemd, \`ecosystem.config.cjs\` for pm2. Every command takes another file with \`--config FILE\`.

## How to change a setting

Edit the file, or let the program do it, which checks the value first and leaves the rest of the file as it is:

\`\`\`sh
reengaged settings list
reengaged settings get reengagement.inactivity_threshold
reengaged settings set reengagement.inactivity_threshold 45
reengaged settings unset reengagement.inactivity_threshold
\`\`\`

A daemon that runs takes a change of the file up, save for \`database\` and \`http\`, which it takes at its next start. When the file is a link, or a secret in another file has changed, send it SIGHUP. A file with a fault is told with all its faults, and the last good one stays in effect.

## Environment

A variable wins over the file: \`REENGAGED_\`, the section, two underscores, the name, in capitals. \`${variableName(['reengagement', 'inactivity_threshold'])}=45\` is \`reengagement.inactivity_threshold\`. Two more underscores go further down: \`REENGAGED_REENGAGEMENT__QUIET_HOURS__FROM=21:00\`. Text stands as it is, everything else is JSON. Languages and other free names are written as they are; a number is a place in a list, from 0: \`REENGAGED_WHATSAPP__TEMPLATES__WE_MISS_YOU__0__NAME=we_miss_you\`.

## Secrets

Instead of the secret write \`"env:NAME"\`, and it is taken from the environment variable \`NAME\`, or \`"file:PATH"\`, and it is read from that file (from the configuration's folder on, if the path is a relative one). The secret itself works too, with a warning. No command shows it, and no log.

## The settings

In their keys \`CAMPAIGN_TYPE\` stands for one of ${CAMPAIGN_TYPES.map((type) => `\`${type}\``).join(', ')}, \`LANGUAGE\` for one such as \`en\` or \`es_ES\`, and \`N\` for a place in a list, from 0.
`;

/** config/README.md, whole: every setting, out of what the schema says about it. Prettier finds nothing to do in it. */
export function configReadme(): string {
  const sections = Object.entries(schemaTree.properties ?? {}).filter(([, node]) => node.properties !== undefined);
  return [INTRODUCTION, ...sections.map(([name, node]) => sectionText(name, node))].join('\n');
}

function sectionText(name: string, node: SchemaNode): string {
  return `### \`${name}\`\n\n${node.description ?? ''}\n\n${entries(name, node).join('\n')}\n`;
}

/** What stands below a node, each named setting with an entry of its own. */
function entries(key: string, node: SchemaNode): string[] {
  const named = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const isRequired = node.required?.includes(name) === true;
    return [...entry(`${key}.${name}`, child, isRequired), ...entries(`${key}.${name}`, child)];
  });
  return [
    ...named,
    ...below(key, node.propertyNames?.placeholder, node.additionalProperties),
    ...below(key, 'N', node.items),
  ];
}

function below(key: string, word: string | undefined, node: SchemaNode | false | undefined): string[] {
  if (word === undefined || node === undefined || node === false) return [];
  return [...entry(`${key}.${word}`, node, false), ...entries(`${key}.${word}`, node)];
}

/** Nothing for what only holds other settings. */
function entry(key: string, node: SchemaNode, isRequired: boolean): string[] {
  const { description, examples } = node;
  if (description === undefined || examples === undefined) return [];
  const facts = [
    defaultOf(node, isRequired),
    `Allowed: ${isSecret(node) ? 'a secret' : describe(node)}.`,
    `${examples.length === 1 ? 'Example' : 'Examples'}: ${examples.map(code).join(' or ')}.`,
  ];
  return [`- \`${key}\`: ${description}`, `  - ${facts.join(' ')}`];
}

function defaultOf(node: SchemaNode, isRequired: boolean): string {
  if (node.default !== undefined) return `Default: ${code(node.default)}.`;
  return isRequired ? 'Required.' : 'No default.';
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
