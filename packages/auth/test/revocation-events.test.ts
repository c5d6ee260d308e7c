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
  const tell = teller((event) => heard.push(event), logger)
  for (const event of EVENTS) tell(event)
  expect(heard).toEqual(EVENTS)
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'info',
    'warn',
    'info',
    'warn',
    'error',
    'warn',
    'warn',
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
  }, logger)
  tell({ type: 'bus', sure: true })
  expect(errors).toEqual([{ err: expect.objectContaining({ message: 'metrics are down' }) }])
})
