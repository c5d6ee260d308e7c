import { Log } from '@linkspan/core'
import { expect, it } from 'vitest'
import type { RevocationEvent } from '../src/index.js'
import { teller } from '../src/revocation-events.js'

const REVOCATION = { id: 'r', at: 1, until: 2, subject: 'ada', tokenId: 'secret' }
const EVENTS: readonly RevocationEvent[] = [
  { type: 'revoked', revocation: REVOCATION, closed: 1, latency: 2 },
  { type: 'forgotten', revocation: REVOCATION },
  { type: 'bus', sure: true },
  { type: 'bus', sure: false },
  { type: 'overdue', closed: 3 },
  { type: 'missed', closed: 3 },
  { type: 'failed', error: new Error('no'), lost: false },
]

it('tells whoever listens, and the log without saying whose credentials they were', () => {
  const heard: RevocationEvent[] = []
  const lines: string[] = []
  const write = (level: string) => (fields: object, message: string) =>
    lines.push(`${level} ${JSON.stringify(fields)} ${message}`)
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const tell = teller((event) => heard.push(event), new Log(logger))
  for (const event of EVENTS) tell(event)
  expect(heard).toEqual(EVENTS)
  expect(lines).toEqual([
    'info {"event":"credentials.revoked","closed":1,"latency":2} linkspan: credentials were revoked',
    'warn {"event":"revocation.forgotten","until":2} linkspan: a revocation was forgotten early: raise capacity',
    'info {"event":"revocation.sure"} linkspan: every revocation is known here',
    'warn {"event":"revocation.unsure"} linkspan: the revocation bus is down',
    'error {"event":"revocation.overdue","closed":3} linkspan: the revocation bus is down for longer than the deadline',
    'warn {"event":"revocation.missed","closed":3} linkspan: the revocation bus is back, without what was missed',
    'warn {"event":"revocation.failed","err":{},"lost":false} linkspan: the revocation bus failed',
  ])
  expect(lines.join('\n')).not.toMatch(/ada|secret/)
})

it('survives a listener that throws, and says so', () => {
  const errors: unknown[] = []
  const nothing = (): void => {}
  const logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (fields: object) => errors.push(fields),
  }
  const tell = teller(() => {
    throw new Error('metrics are down')
  }, new Log(logger))
  tell({ type: 'bus', sure: true })
  expect(errors).toEqual([
    { event: 'observer.threw', observer: 'onEvent', err: new Error('metrics are down') },
  ])
})
