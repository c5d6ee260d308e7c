// The parts of the example that need neither a node nor a Prometheus.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Random } from '../src/load/random.js'
import { provision } from '../src/run/grafana.js'
import { HELP, optionsOf } from '../src/run/options.js'
import { published } from '../src/run/prometheus.js'
import { Stops } from '../src/run/stops.js'
import { acts } from '../src/tour/acts/index.js'

const known = acts.map(({ name }) => name)

test('a seed gives the same numbers, another one others, spread evenly', () => {
  const numbers = (seed: number): number[] => {
    const random = new Random(seed)
    return Array.from({ length: 1_000 }, () => random.next())
  }
  expect(numbers(1)).toEqual(numbers(1))
  expect(numbers(1)).not.toEqual(numbers(2))
  for (const seed of [0, 1, 2 ** 31]) {
    const tenths = new Set(numbers(seed).map((number) => Math.floor(number * 10)))
    expect([...tenths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
})

test('weights are kept to', () => {
  const random = new Random(1)
  const drawn = Array.from({ length: 1_000 }, () => random.weighted({ often: 90, seldom: 10, never: 0 }))
  const often = drawn.filter((each) => each === 'often').length
  expect(often).toBeGreaterThan(850)
  expect(often).toBeLessThan(950)
  expect(drawn).not.toContain('never')
})

test('without options all acts are played, for as long as nobody ends it', () => {
  expect(optionsOf([], known)).toMatchObject({ acts: known, seconds: Infinity, clients: 120, seed: 1 })
  expect(optionsOf(['--', '--seconds', '5', '--acts', 'drain,flood', '--page', '8080'], known)).toMatchObject(
    {
      acts: ['drain', 'flood'],
      seconds: 5,
      ports: { page: 8080, north: 0 },
    },
  )
  expect(optionsOf(['--acts', 'none'], known).acts).toEqual([])
})

test.each([
  ['--acts', 'earthquake'],
  ['--seconds', '0'],
  ['--page', '65536'],
  ['--clients', 'many'],
  ['--colour', 'red'],
])('%s %s is refused', (...args) => {
  expect(() => optionsOf(args, known)).toThrow(args[0])
})

test('the help names every act', () => {
  for (const name of known) expect(HELP).toContain(name)
})

test('every act names panels that the dashboard has', () => {
  const { panels } = JSON.parse(readFileSync(join(published, 'grafana-dashboard.json'), 'utf8')) as {
    readonly panels: readonly { readonly title: string }[]
  }
  const titles = panels.map(({ title }) => title)
  for (const act of acts) {
    expect(act.panels.length, act.name).toBeGreaterThan(0)
    expect(titles, act.name).toEqual(expect.arrayContaining([...act.panels]))
  }
})

test('a Grafana is given the dashboard that is published, and the Prometheus that runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-grafana-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  provision(folder, 'http://127.0.0.1:1234')
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
  expect(read(join(folder, 'provisioning/datasources/linkspan.yml'))).toMatchObject({
    datasources: [{ type: 'prometheus', url: 'http://127.0.0.1:1234' }],
  })
  const { providers } = read(join(folder, 'provisioning/dashboards/linkspan.yml')) as {
    readonly providers: readonly { readonly options: { readonly path: string } }[]
  }
  const [provider] = providers
  expect(read(join(provider?.options.path ?? '', 'linkspan.json'))).toEqual(
    read(join(published, 'grafana-dashboard.json')),
  )
})

test('what was begun is ended, the last first, once, also after something that fails', async () => {
  const ended: string[] = []
  const stops = new Stops()
  stops.add('first', async () => void ended.push('first'))
  stops.add('second', () => Promise.reject(new Error('it hangs')))
  stops.add('third', async () => void ended.push('third'))
  const [one, two] = await Promise.all([stops.run(), stops.run()])
  expect(ended).toEqual(['third', 'first'])
  expect(one).toEqual(['second: Error: it hangs'])
  expect(two).toBe(one)
})
