import { defineConfig } from 'vitest/config'
import { SecretWatch } from './reliability/secret-watch.js'
import { PlainSummary } from './scripts/reporter.js'

const requireAll = process.env['LINKSPAN_REQUIRE_ALL'] === '1'

function project(name: string, include: string[], testTimeout = 10_000) {
  return {
    extends: true as const,
    test: { name, include, testTimeout },
  }
}

export default defineConfig({
  // Workspace packages resolve to their sources: no build is needed to test them.
  ssr: {
    resolve: { conditions: ['@linkspan/source', 'module', 'node', 'development|production'] },
  },
  test: {
    environment: 'node',
    // Processes, not threads: real sockets and a native server that keeps state a process.
    pool: 'forks',
    // Vitest leaves one core free, of however few there are.
    maxWorkers: '100%',
    retry: 0,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    allowOnly: !(requireAll || process.env['CI']),
    reporters: ['default', new SecretWatch(), new PlainSummary({ requireAll })],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts'],
      exclude: ['**/*.d.ts'],
      reporter: ['text', 'html'],
      thresholds: { statements: 100, branches: 95 },
    },
    projects: [
      project('core', ['packages/core/test/**/*.test.ts']),
      project('packages', ['packages/!(core)/test/**/*.test.ts']),
      project('examples', ['examples/*/test/**/*.test.ts']),
      project('repository', ['tests/**/*.test.ts']),
      // Servers are processes of their own there, which take a while to start.
      project('reliability', ['reliability/test/**/*.test.ts'], 60_000),
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: './tsconfig.test-d.json',
            // `.bin/tsc` is TypeScript 7; types are tested with the version that builds the declarations.
            checker: './node_modules/typescript/bin/tsc',
          },
        },
      },
    ],
  },
})
