import type { Act } from '../stage.js'

export const trace: Act = {
  name: 'trace',
  title: 'What one handshake went through',
  panels: ['How long handshakes took that succeeded', 'How long stores took'],

  async play(stage) {
    const { north } = stage.props
    const traced = await north.ask('spans', undefined)
    if (traced?.last === undefined) return stage.say('north has traced no handshake yet')
    const { handshakes, messages, last } = traced
    stage.say(`north has traced ${handshakes} handshakes, and ${messages} messages: one of a hundred.`)
    stage.say(`The last handshake, trace ${last.trace}, took ${last.duration.toFixed(1)} ms:`)
    for (const { name, decision, duration } of last.middleware)
      stage.say(`  ${name.padEnd(18)} ${decision} after ${duration.toFixed(1)} ms`)
    const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
    stage.say(
      endpoint === undefined
        ? 'With OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 they would go to a collector, such as Jaeger.'
        : `All of them go to ${endpoint}.`,
    )
  },
}
