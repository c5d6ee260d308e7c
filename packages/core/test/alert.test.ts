import { describe, expect, it } from 'vitest'
import { ProtocolViolation } from '../src/ports/transport.js'
import { handled } from './connected.js'
import { turn } from './fake-clock.js'

const boom = (): never => {
  throw new Error('boom')
}

describe('alert', () => {
  it('is told of errors beside those who listen', async () => {
    const told: unknown[] = []
    const { bench, conn, transport } = await handled(boom, {
      alert: (error, whose) => told.push([error.code, whose]),
    })
    transport.receive('hello')
    await turn()
    expect(told).toEqual([['LINKSPAN_HANDLER', conn]])
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
  })

  it('is not told of what peers do wrong', async () => {
    const told: unknown[] = []
    const { bench, transport } = await handled(() => {}, { alert: (error) => told.push(error) })
    transport.closed(1006, '', new ProtocolViolation(1002, true))
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_VIOLATION'])
    expect(told).toEqual([])
  })

  it('that throws is logged, and ends nothing', async () => {
    const { bench, transport } = await handled(boom, { alert: boom })
    transport.receive('hello')
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
    expect(bench.logged.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { code: 'LINKSPAN_LISTENER' } },
    ])
  })
})
