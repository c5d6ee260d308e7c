import type { HostileCase, HostileChapter } from './case.js'
import { openWith, text } from './steps.js'

/** What everybody says who wants to be somebody else. */
const SPOOFED = '203.0.113.7'

/** What a client says of where it comes from (RFC 7239), where no proxy is trusted. */
export const forwardedCases: HostileChapter = {
  title: 'forwarded',
  cases: [
    ...Object.entries({
      'X-Forwarded-For': SPOOFED,
      'X-Forwarded-For of several': `${SPOOFED}, 127.0.0.1`,
      'X-Forwarded-For of nonsense': '", <script>, ::, 999.1.1.1',
      Forwarded: `for=${SPOOFED};proto=https;by=127.0.0.1`,
      'X-Real-IP': SPOOFED,
      'X-Client-IP': SPOOFED,
      'X-Cluster-Client-IP': SPOOFED,
      'True-Client-IP': SPOOFED,
      'CF-Connecting-IP': SPOOFED,
      'X-Forwarded-Host': 'evil.test',
    }).map(
      ([what, value]): HostileCase => ({
        row: 12,
        rfc: 'RFC 7239 §8.1',
        name: `${what} is not believed where no proxy is trusted`,
        send: [
          openWith({ headers: { [what.split(' ')[0] as string]: value } }),
          ({ conn, notes }) => void notes.push(conn.request.address, conn.request.headers['host'] ?? ''),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['127.0.0.1', 'chat.example'] },
      }),
    ),
  ],
}
