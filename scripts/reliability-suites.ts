// What docs/reliability.md says of the suites: how many behaviours and hostile cases each transport has to pass, and what
// the latter are about.

import {
  behaviours,
  FULL_SUPPORT,
  type HostileEntry,
  type HostileSuite,
  hostileCases,
  type Supports,
} from '@linkspan/testing'
import { places as onExpress } from '../packages/express/test/places.js'
import { places as onFastify } from '../packages/fastify/test/places.js'
import { places as onKoa } from '../packages/koa/test/places.js'
import { places as onUws } from '../packages/uws/test/places.js'
import { UWS_SUPPORT } from '../packages/uws/test/support.js'
import { places as onWs } from '../packages/ws/test/places.js'
import { type TransportName, transportNames } from '../reliability/server/transports.js'
import { table } from './figures.js'
import { ROWS } from './reliability-prose.js'

const supportsOf = (name: string): Supports => (name === 'uws' ? UWS_SUPPORT : FULL_SUPPORT)

function runs({ needs = [] }: { readonly needs?: readonly (keyof Supports)[] }, supports: Supports): boolean {
  return needs.every((need) => supports[need])
}

/** Where each transport's own suite puts the application, besides everywhere. */
const PLACES: Readonly<Record<TransportName, NonNullable<HostileSuite['places']>>> = {
  ws: onWs,
  express: onExpress,
  koa: onKoa,
  fastify: onFastify,
  uws: onUws,
}

/** The hostile cases that run on a transport. */
function attacksOn(name: TransportName): readonly HostileEntry[] {
  const supports = supportsOf(name)
  return hostileCases.filter(
    (hostile) => runs(hostile, supports) && (hostile.place === 'everywhere' || hostile.place in PLACES[name]),
  )
}

/** How many hostile cases there are about each fault, on each transport. */
function attacks(): readonly {
  readonly fault: number
  readonly what: string
  readonly counts: readonly number[]
}[] {
  const each = transportNames.map(attacksOn)
  return [...new Set(hostileCases.map(({ fault }) => fault))]
    .sort((one, other) => one - other)
    .map((fault) => ({
      fault,
      what: ROWS[fault] ?? `something else (${fault})`,
      counts: each.map((entries) => entries.filter((hostile) => hostile.fault === fault).length),
    }))
}

/** The section. */
export function tellSuites(): string {
  const counts = transportNames.map((name) => [
    `\`@linkspan/${name}\``,
    behaviours.filter((behaviour) => runs(behaviour, supportsOf(name))).length,
    attacksOn(name).length,
  ])
  const sources = new Set(hostileCases.map(({ source }) => source.split(' §')[0]))
  return [
    '## The suites',
    [
      'Both run over real sockets, on every change, and neither knows which transport it runs on. The behaviours say what has',
      'to happen; the hostile cases are put together byte by byte, and each says what has to come of it: the status, headers',
      'and body of the answer, the close code on the wire and the one in `CloseInfo`, the errors told, and that a well-behaved',
      'client is served afterwards. After every single one no connection, timer, listener or queued byte may be left.',
    ].join('\n'),
    table(['transport', 'behaviours', 'hostile cases'], counts),
    'What uWebSockets.js leaves out it cannot do by itself: [Adapters](adapters.md#what-uwebsocketsjs-cannot-do) lists it.',
    table(
      ['hostile cases about', ...transportNames],
      attacks().map(({ what, counts }) => [what, ...counts.map((count) => (count === 0 ? '–' : count))]),
    ),
    [
      'Where there is a dash there is no framework that could authenticate anybody. Each case names the section that it is',
      `about, of one of ${sources.size} documents: ${[...sources].sort(byNumber).join(', ')}.`,
    ].join('\n'),
  ].join('\n\n')
}

const byNumber = (one = '', other = ''): number => one.localeCompare(other, 'en', { numeric: true })
