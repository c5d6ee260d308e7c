import type { LinkspanOptions } from '@linkspan/core'
import type { HostileCase, HostileChapter } from './case.js'
import { refused } from './outcomes.js'
import { openWith, text, upgrade } from './steps.js'

const ALLOWED = ['https://app.example', 'https://app.example:8443', 'http://localhost:3000']

/** Pages that may not connect (RFC 6455 §10.2), and those that may. */
export const originCases: HostileChapter = {
  title: 'origins',
  cases: [
    ...[
      ...[
        'https://evil.test',
        'null',
        '',
        'http://app.example',
        'wss://app.example',
        'https://app.example:443',
      ],
      ...['https://app.example:8444', 'https://app.example.evil.test', 'https://evil-app.example'],
      ...['https://evil.test/https://app.example', 'https://app.example/', 'https://app.example@evil.test'],
      ...[
        'https://evil.test#https://app.example',
        'https://app.example\\@evil.test',
        'https://app.example%00.evil.test',
      ],
      ...['https://sub.app.example', 'https://app.example.', 'https://APP.example', 'HTTPS://app.example'],
      ...['app.example', '//app.example', 'https:app.example', 'https://', 'file://', 'data:text/html,x'],
      ...['https://app.example, https://evil.test', 'https://evil.test, https://app.example'],
      ...[
        'https://app.example https://evil.test',
        '*',
        'undefined',
        'https://\xe0pp.example',
        'https://xn--pp-fja.example',
      ],
      ...['http://localhost', 'http://localhost:30000', 'http://127.0.0.1:3000'],
    ].map((origin) => foreign(origin, ALLOWED)),
    ...[
      ...['https://evil.test', 'null', '', 'https://chat.example.evil.test', 'https://evil-chat.example'],
      ...[
        'https://chat.example:8443',
        'https://chat.example.',
        'https://chat.example@evil.test',
        'ftp://chat.example',
      ],
      ...[
        'chat.example',
        'https://chat',
        'https://sub.chat.example',
        'file://chat.example',
        'wss://chat.example',
      ],
      ...['https://chat.example, https://evil.test', 'undefined'],
    ].map((origin) => foreign(origin, 'same')),
    {
      ...foreign('https://evil test', 'same'),
      name: "a Host and an Origin of which neither can be read are not the 'same' for that",
      send: [upgrade({ headers: { host: 'bad host', origin: 'https://evil test' } })],
    },
    ...ALLOWED.map((origin) => known(origin, ALLOWED)),
    known(undefined, ALLOWED),
    known('https://chat.example', 'same'),
    known('http://chat.example', 'same'),
    known('https://chat.example:443', 'same'),
    known(undefined, 'same'),
    known('null', '*'),
  ],
}

type Policy = NonNullable<LinkspanOptions['origin']>

function foreign(origin: string, policy: Policy): HostileCase {
  return {
    row: 4,
    rfc: 'RFC 6455 §10.2',
    name: `the origin '${origin}' is refused ${told(policy)}, before any middleware`,
    app: {
      options: { origin: policy },
      middleware:
        ({ notes }) =>
        (_conn, next) => {
          notes.push('middleware ran')
          return next()
        },
    },
    send: [upgrade({ headers: { origin } })],
    expect: { ...refused(403, 4003, 'this origin may not connect'), notes: [], handled: [] },
  }
}

function known(origin: string | undefined, policy: Policy): HostileCase {
  return {
    row: 4,
    rfc: 'RFC 6455 §10.2',
    name: `the origin ${origin === undefined ? '(none)' : `'${origin}'`} is let in ${told(policy)}`,
    app: { options: { origin: policy } },
    send: [openWith({ headers: { origin } }), text('hello')],
    expect: { status: 101, echoes: ['hello'] },
  }
}

function told(policy: Policy): string {
  return policy === 'same' ? "by 'same'" : policy === '*' ? "by '*'" : 'by a list'
}
