/** Who may import whom. The table is the structure of the program: change it only with a reason. */
const rooms = {
  lib: [],
  reengagement: ['lib'],
  config: ['lib', 'reengagement'],
  db: ['lib', 'reengagement'],
  shop: ['lib', 'reengagement'],
  whatsapp: ['lib', 'reengagement'],
  queue: ['lib', 'db', 'reengagement'],
  jobs: ['lib', 'reengagement', 'config', 'db', 'shop', 'whatsapp', 'queue'],
  http: ['lib', 'db', 'queue', 'whatsapp', 'config'],
  sandbox: ['lib'],
};
const not = (from, allowed) => ({
  name: `${from}-imports`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})/` },
});
const pure = [
  '^(node:)?(fs|net|http|https|child_process|dgram|tls|dns)',
  'node_modules/(axios|mysql2|drizzle-orm|winston|fastify|@woocommerce)/',
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => not(room, allowed)),
    {
      name: 'app-composes',
      comment: 'app.ts is the composition root; only cli and demo stand above it',
      severity: 'error',
      from: { path: '^src/app(\\.ts|/)' },
      to: { path: '^src/(cli/|demo)' },
    },
    {
      name: 'cli-is-thin',
      comment: 'a command calls app; of the other rooms it may know the types',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|app|config/|lib/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'demo-imports',
      severity: 'error',
      from: { path: '^src/demo\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(app|sandbox/|config/|lib/)', dependencyTypesNot: ['type-only'] },
    },
    { name: 'domain-is-pure', severity: 'error', from: { path: '^src/reengagement/' }, to: { path: pure } },
    {
      name: 'drizzle-stays-in-db',
      comment: 'the sandbox starts database servers and so speaks to them, by the driver alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(db|sandbox)/' },
      to: { path: 'node_modules/(drizzle-orm|mysql2)/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'src-knows-no-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'no-unlisted',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
