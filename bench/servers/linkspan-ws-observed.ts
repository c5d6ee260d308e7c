import { createServer } from 'node:http'
import { flightRecorder } from '@linkspan/core'
import { upgrade } from '@linkspan/ws'
import { application } from './application.js'
import { HOST, portOf, served, setup } from './served.js'
import { measured, traced } from './telemetry.js'

const { telemetry = [], collector } = setup
const app = application(telemetry.includes('recorder') ? { recorder: flightRecorder() } : {})
const flush = telemetry.includes('traces') ? traced(app, collector) : undefined
const server = createServer(telemetry.includes('metrics') ? measured(app) : undefined)
server.on('upgrade', upgrade(app))
server.listen(0, HOST, () => served({ port: portOf(server), flush }))
