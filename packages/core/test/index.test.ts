import { describe, expect, it } from 'vitest'
import * as core from '../src/index.js'

describe('the package', () => {
  it('exports these values by name, and nothing else', () => {
    expect(Object.keys(core).sort()).toEqual([
      'CloseCode',
      'Deferred',
      'ERROR_CODES',
      'HandshakeRequest',
      'Linkspan',
      'LinkspanError',
      'MAX_DELAY',
      'Message',
      'Pauses',
      'ProtocolViolation',
      'Rejection',
      'Served',
      'adaptive',
      'backoff',
      'badOption',
      'begin',
      'checkUpgrade',
      'consoleLogger',
      'headerLines',
      'httpRefusal',
      'linkspan',
      'memoryBroker',
      'oneOf',
      'paces',
      'pipeline',
      'reasonPhrase',
      'shortChannel',
      'spread',
      'systemClock',
      'toError',
      'transition',
      'upgradeRequired',
      'whole',
      'within',
    ])
  })
})
