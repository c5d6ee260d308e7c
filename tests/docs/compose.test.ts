// Prometheus, Grafana and Jaeger on one machine, as docker-compose.yml of @linkspan/otel has them: whether its files fit
// together. Containers are not run here.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

interface Compose {
  readonly services: Readonly<Record<string, Service>>
}

interface Service {
  readonly image: string
  readonly ports: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[]
}

interface Prometheus {
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly {
    readonly static_configs: readonly { readonly targets: readonly string[] }[]
  }[]
}

interface Provisioning {
  readonly providers: readonly { readonly options: { readonly path: string } }[]
  readonly datasources: readonly { readonly type: string; readonly url: string }[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'packages/otel/observability')
const page = readFileSync(join(root, 'docs/observability.md'), 'utf8')

const read = (file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'))
const { services } = read('docker-compose.yml') as Compose
const all = Object.values(services)
const mounts = all.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')))
const places = mounts.map(([, place = '']) => place)

it('starts what the page says, in versions that are named', () => {
  expect(Object.keys(services)).toEqual(['prometheus', 'jaeger', 'grafana'])
  for (const { image } of all) expect(image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+$/)
  for (const { depends_on: needed = [] } of all) {
    for (const name of needed) expect(services).toHaveProperty(name)
  }
})

it('mounts files that there are, and changes none', () => {
  for (const [file = '', , mode] of mounts) {
    expect(existsSync(join(folder, file)), file).toBe(true)
    expect(mode, file).toBe('ro')
  }
})

it('can be reached from this machine alone, at ports that the page names', () => {
  const ports = all.flatMap((service) => service.ports)
  expect(ports.length).toBeGreaterThan(4)
  for (const port of ports) {
    const [address, here = ''] = port.split(':')
    expect(address).toBe('127.0.0.1')
    expect(page).toContain(`\`localhost:${here}\``)
  }
})

it('has the rules where Prometheus looks for them, which looks for the application where the page says', () => {
  const { rule_files: rules, scrape_configs: scrapes } = read('prometheus.yml') as Prometheus
  for (const file of rules) expect(places).toContain(`/etc/prometheus/${file}`)
  const targets = scrapes.flatMap(({ static_configs: configs }) => configs.flatMap((each) => each.targets))
  expect(targets).toEqual(['host.docker.internal:9464'])
  expect(page).toContain('`localhost:9464`')
})

it('has the dashboard where Grafana looks for it, which asks the others at ports that they have', () => {
  const { providers } = read('grafana/provisioning/dashboards/linkspan.yml') as Provisioning
  for (const { options } of providers) expect(places.map((place) => dirname(place))).toContain(options.path)
  const { datasources } = read('grafana/provisioning/datasources/linkspan.yml') as Provisioning
  for (const { type, url } of datasources) {
    const { hostname, port } = new URL(url)
    expect(hostname).toBe(type)
    expect(services[hostname]?.ports.map((each) => each.split(':')[2])).toContain(port)
  }
})

it('is published with the package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages/otel/package.json'), 'utf8')) as {
    readonly files: readonly string[]
  }
  expect(manifest.files).toContain('observability')
})
