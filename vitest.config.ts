import { defineConfig } from 'vitest/config'
import { SecretWatch } from './reliability/secret-watch.js'
import { PlainSummary } from './scripts/reporter.js'

const requireAll = process.env['LINKSPAN_REQUIRE_ALL'] === '1'

/** Servers under load, in processes of their own: what takes long. `pnpm test:reliability` runs them. */
const RELIABILITY = ['reliability/test/**/*.test.ts', 'packages/*/test/{flood,rolling}/**/*.test.ts']

/** What needs servers that are no part of this: Redis, NATS, RabbitMQ, Kafka, Prometheus. `pnpm test:services` runs them. */
const SERVICES = [
  'packages/{redis,nats,rabbitmq,kafka}/test/**/*.test.ts',
  'tests/{engines/*,observability/*,two-tenants,tenant-rates}.test.ts',
]

function project(name: string, include: string[], options: ProjectOptions = {}) {
  return {
    extends: true as const,
    test: { name, include, ...options },
  }
}

interface ProjectOptions {
  readonly exclude?: string[]
  /** Whether every file has a process of its own: most of the time would go into loading the same modules. */
  readonly isolate?: boolean
  readonly testTimeout?: number
}

export default defineConfig({
  // Workspace packages resolve to their sources: no build is needed to test them. All else as Node resolves it, which knows
  // no `module`: what some packages have there (OpenTelemetry's) only a bundler can load.
  ssr: {
    resolve: { conditions: ['@linkspan/source', 'node', 'development|production'] },
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
      project('core', ['packages/core/test/**/*.test.ts'], { isolate: false }),
      project('packages', ['packages/!(core)/test/**/*.test.ts'], {
        exclude: ['**/node_modules/**', ...RELIABILITY, ...SERVICES],
        isolate: false,
      }),
      // Isolated: a client that is cut off goes on with its timers after its file, and would disturb the next one's.
      project('services', SERVICES),
      project('examples', ['examples/*/test/**/*.test.ts']),
      project('repository', ['tests/**/*.test.ts'], { exclude: ['**/node_modules/**', ...SERVICES] }),
      // Such a process takes a while to start.
      project('reliability', RELIABILITY, { testTimeout: 60_000 }),
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
