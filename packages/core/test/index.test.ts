import { describe, expect, it } from 'vitest'
import * as core from '../src/index.js'

describe('the package', () => {
  it('exports these values by name, and nothing else', () => {
    expect(Object.keys(core).sort()).toEqual([
      'CloseCode',
      'ERROR_CODES',
      'HandshakeRequest',
      'Linkspan',
      'LinkspanError',
      'MAX_DELAY',
      'Message',
      'ProtocolViolation',
      'Rejection',
      'adaptive',
      'badOption',
      'begin',
      'checkUpgrade',
      'consoleLogger',
      'headerLines',
      'httpRefusal',
      'linkspan',
      'oneOf',
      'paces',
      'pipeline',
      'reasonPhrase',
      'systemClock',
      'toError',
      'transition',
      'upgradeRequired',
      'whole',
    ])
  })
})
