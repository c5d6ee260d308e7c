import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'

/** What is published with @linkspan/otel. */
export const published: string = fileURLToPath(new URL('../../packages/otel/observability', import.meta.url))

interface Configuration {
  readonly global: object
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly object[]
}

/** The configuration that is published, for other targets, and 75 times as fast. */
export function asPublished(...targets: readonly string[]): string {
  const config = parse(readFileSync(join(published, 'prometheus.yml'), 'utf8')) as Configuration
  return stringify({
    ...config,
    global: { scrape_interval: '200ms', scrape_timeout: '200ms', evaluation_interval: '200ms' },
    rule_files: config.rule_files.map((file) => join(published, file)),
    scrape_configs: config.scrape_configs.map((scrape) => ({ ...scrape, static_configs: [{ targets }] })),
  })
}
