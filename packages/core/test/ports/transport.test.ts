import { describe, expect, it } from 'vitest'
import { ProtocolViolation } from '../../src/ports/transport.js'

describe('a protocol violation', () => {
  it.each([1002, 1007, 1009] as const)(
    'carries the code %d, whether it was sent, and what the transport saw',
    (code) => {
      const cause = new Error('Max payload size exceeded')
      const violation = new ProtocolViolation(code, true, { cause })
      expect(violation).toBeInstanceOf(Error)
      expect(violation).toMatchObject({
        name: 'ProtocolViolation',
        code,
        sent: true,
        message: `the peer broke the WebSocket protocol (${code})`,
      })
      expect(violation.cause).toBe(cause)
      expect(new ProtocolViolation(code, false).sent).toBe(false)
    },
  )
})
