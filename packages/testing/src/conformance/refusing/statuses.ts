import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { endOf } from '../support.js'
import { refuse } from './refuse.js'

/** The close code of a refusal that names none, from its HTTP status; and the body of each, byte by byte. */
export const statuses: readonly Behaviour[] = [
  becomes('401 is 4010, authentication failed', 4010, {
    401: '{"type":"about:blank","title":"Unauthorized","status":401,"code":4010}',
  }),
  becomes('403 is 4003, forbidden', 4003, {
    403: '{"type":"about:blank","title":"Forbidden","status":403,"code":4003}',
  }),
  becomes('429 is 4101, too many', 4101, {
    429: '{"type":"about:blank","title":"Too Many Requests","status":429,"code":4101}',
  }),
  becomes('408, 502, 503 and 504 are 1013, overloaded', 1013, {
    408: '{"type":"about:blank","title":"Request Timeout","status":408,"code":1013}',
    502: '{"type":"about:blank","title":"Bad Gateway","status":502,"code":1013}',
    503: '{"type":"about:blank","title":"Service Unavailable","status":503,"code":1013}',
    504: '{"type":"about:blank","title":"Gateway Timeout","status":504,"code":1013}',
  }),
  becomes('any other status from 500 is 1011, failed', 1011, {
    500: '{"type":"about:blank","title":"Internal Server Error","status":500,"code":1011}',
    501: '{"type":"about:blank","title":"Not Implemented","status":501,"code":1011}',
    507: '{"type":"about:blank","title":"Insufficient Storage","status":507,"code":1011}',
    511: '{"type":"about:blank","title":"Network Authentication Required","status":511,"code":1011}',
  }),
  becomes('any other status from 400 is 1008, policy', 1008, {
    400: '{"type":"about:blank","title":"Bad Request","status":400,"code":1008}',
    402: '{"type":"about:blank","title":"Payment Required","status":402,"code":1008}',
    404: '{"type":"about:blank","title":"Not Found","status":404,"code":1008}',
    409: '{"type":"about:blank","title":"Conflict","status":409,"code":1008}',
    410: '{"type":"about:blank","title":"Gone","status":410,"code":1008}',
    428: '{"type":"about:blank","title":"Precondition Required","status":428,"code":1008}',
    451: '{"type":"about:blank","title":"Unavailable For Legal Reasons","status":451,"code":1008}',
  }),
]

function becomes(name: string, code: number, bodies: Readonly<Record<number, string>>): Behaviour {
  return {
    name: `a refusal with ${name}`,
    async run(stage) {
      for (const [key, body] of Object.entries(bodies)) {
        const status = Number(key)
        const refusal = await refuse(stage, async (conn) => conn.reject({ status }))
        assert.equal(refusal.status, status)
        assert.equal(refusal.headers['content-type'], 'application/problem+json')
        assert.equal(refusal.body, body)
        const { info } = await refusal.record.next('close')
        assert.deepEqual(endOf(info), { code, reason: '', by: 'server', clean: false, wireCode: undefined })
        assert.deepEqual(
          refusal.record.of('reject').map(({ status, code, reason }) => ({ status, code, reason })),
          [{ status, code, reason: '' }],
        )
      }
    },
  }
}
