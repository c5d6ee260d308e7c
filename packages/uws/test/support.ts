import type { Supports } from '@linkspan/testing'

/** What uWebSockets.js cannot do, whatever the adapter. */
export const UWS_SUPPORT: Supports = {
  pause: false,
  violationFrame: false,
  violationCodes: false,
  earlyBytes: false,
  allPeerCodes: false,
  closeAnswer: false,
  malformedHttp: false,
  rawFrames: true,
}
