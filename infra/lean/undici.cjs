'use strict'
// What shared/ uses of undici. The whole package also brings fetch, WebSocket, mocks and caches: 260 KB that a
// function would load and never run. The bundler puts this file in its place.
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')
const Agent = require('undici/lib/dispatcher/agent.js')
const request = require('undici/lib/api/api-request.js')
const buildConnector = require('undici/lib/core/connect.js')
const util = require('undici/lib/core/util.js')

module.exports = {
  Dispatcher,
  Agent,
  buildConnector,
  /** As undici's own, for a caller that always names its dispatcher. */
  request: (url, { dispatcher, ...options }) => {
    const { origin, pathname, search } = util.parseURL(url)
    return request.call(dispatcher, { ...options, origin, path: `${pathname}${search}` })
  },
}
