import { describeTransport } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { needsUws } from './needs-uws.js'
import { serving } from './server.js'
import { UWS_SUPPORT } from './support.js'

needsUws()

describeTransport({
  name: '@linkspan/uws',
  factory: async (app) => (await serving(app)).host,
  supports: UWS_SUPPORT,
  describe,
  it,
})

describeTransport({
  name: '@linkspan/uws over TLS',
  factory: async (app) => (await serving(app, {}, { secure: true })).host,
  supports: UWS_SUPPORT,
  describe,
  it,
})
