import { type Exhausted, quotas } from '../server/plans.js'
import type { Ledger } from '../server/tenants.js'
import { type Comparison, MOST, type Slowdown } from './slowdown.js'

/** What a tenant has asked for of one quota. */
export interface Greed {
  readonly quota: Exhausted
  /** Connections that it kept. */
  readonly held: number
  /** How those ended that asked for more: by status or close code. */
  readonly ends: Readonly<Record<string, number>>
}

/** What another tenant noticed of it; nothing, where that is little. */
export function beyond(quota: Exhausted, comparison: Comparison, visits: number): readonly string[] {
  const { words, all, refused, cost } = comparison
  return [
    ...tooLong('round trips', words),
    ...tooLong('round trips and handshakes', all),
    ...check(refused > visits / 4, `no more than ${refused} refusals beside ${visits} visits: no load`),
    ...check(
      cost.refusal < cost.visit,
      `${cost.refusal.toFixed(3)} ms of work for a refusal, and ${cost.visit.toFixed(3)} ms for a visit`,
    ),
  ].map((problem) => `${quota}: ${problem}`)
}

function tooLong(what: string, { times }: Slowdown): readonly string[] {
  return check(
    times <= MOST,
    `the p99 of the other tenant's ${what} was ${times.toFixed(2)} times as long; ${MOST} are allowed`,
  )
}

/** Where the server's counts are not what they must be when nobody but the greedy tenant was refused or closed. */
export function miscounted(ledger: Ledger, visits: number, greed: readonly Greed[]): readonly string[] {
  const refusals = ({ quota, ends }: Greed): number => ends[quotas[quota]] ?? 0
  const sum = (code: string): number =>
    greed.filter(({ quota }) => quotas[quota] === code).reduce((total, one) => total + refusals(one), 0)
  const held = greed.reduce((total, one) => total + one.held, 0)
  const expected: Ledger = {
    limited: Object.fromEntries(greed.map((one) => [`greedy ${one.quota}`, refusals(one)])),
    refused: { 'greedy 429': sum('429') },
    closed: { 'calm 1000': visits, 'greedy 1000': held, 'greedy 4101': sum('4101') },
    entered: { calm: visits, greedy: held + sum('4101') },
  }
  return [
    ...greed.flatMap(({ quota, ends }) =>
      Object.entries(ends)
        .filter(([end]) => end !== quotas[quota])
        .map(([end, count]) => `${quota}: ${count} of those who asked for more ended with ${end}`),
    ),
    ...(Object.keys(expected) as (keyof Ledger)[]).flatMap((what) => {
      const [is, should] = [sorted(ledger[what]), sorted(expected[what])]
      return check(is === should, `${what}: ${is} and not ${should}`)
    }),
  ]
}

function sorted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`)
    .sort()
    .join(', ')
}

function check(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem]
}
