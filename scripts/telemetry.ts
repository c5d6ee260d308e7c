// Makes what comes with @linkspan/otel for Prometheus and Grafana, and tells of it in docs/observability.md, from what
// the package measures. `pnpm telemetry:docs` writes it; a test beside the docs fails when it is out of date.

import { pathToFileURL } from 'node:url'
import { GeneratedPart } from './page.js'
import { dashboardFile } from './telemetry/dashboard.js'
import { GeneratedFile } from './telemetry/file.js'
import { Names, type Naming } from './telemetry/names.js'
import { PAGE, rulesFile } from './telemetry/rules.js'
import { rulesTestFile } from './telemetry/rules-test.js'
import { tellAlerts, tellMetrics, tellNamesByOtlp } from './telemetry/tell.js'

/** Where what is published with the package is, and the tests of it. */
const [PUBLISHED, TESTS] = ['packages/otel/observability', 'tests/observability']

/** What comes after the name of a file, by how metrics get into Prometheus. */
const SUFFIXES: Readonly<Record<Naming, string>> = { exporter: '', otlp: '.otlp' }

/** The files that are generated as a whole. */
export const telemetryFiles: readonly GeneratedFile[] = (['exporter', 'otlp'] as const).flatMap((naming) => {
  const [names, suffix] = [new Names(naming), SUFFIXES[naming]]
  const rules = `rules${suffix}.yml`
  return [
    new GeneratedFile(`${PUBLISHED}/${rules}`, () => rulesFile(names)),
    new GeneratedFile(`${TESTS}/rules${suffix}.test.yml`, () =>
      rulesTestFile(names, `../../${PUBLISHED}/${rules}`),
    ),
    new GeneratedFile(`${PUBLISHED}/grafana-dashboard${suffix}.json`, () => dashboardFile(naming)),
  ]
})

/** The parts of the page. */
export const telemetryParts: readonly GeneratedPart[] = [
  new GeneratedPart(PAGE, 'telemetry-metrics', tellMetrics),
  new GeneratedPart(PAGE, 'telemetry-otlp', tellNamesByOtlp),
  new GeneratedPart(PAGE, 'telemetry-alerts', tellAlerts),
]

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of telemetryFiles) file.write()
}
for (const part of telemetryParts) part.writeAsProgram(import.meta.url)
