import { describe, expect, it } from 'vitest'
import * as core from '../src/index.js'

describe('the package', () => {
  it('exports these values by name, and nothing else', () => {
    expect(Object.keys(core).sort()).toEqual([
      'CloseCode',
      'Deferred',
      'ERROR_CODES',
      'Explanation',
      'HandshakeRequest',
      'Linkspan',
      'LinkspanError',
      'Log',
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
      'flightRecorder',
      'headerLines',
      'httpRefusal',
      'linkspan',
      'memoryBroker',
      'named',
      'oneOf',
      'paces',
      'pipeline',
      'reasonPhrase',
      'shortChannel',
      'shown',
      'spread',
      'systemClock',
      'toError',
      'transition',
      'upgradeRequired',
      'whole',
      'within',
      'wordless',
    ])
  })
})
