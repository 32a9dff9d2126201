'use strict'
// An `import` of node:http takes each of its exports, also WebSocket and what else comes from the fetch that is built
// into Node: 25 to 40 ms for what no function uses. The bundler puts this file in its place.
module.exports = process.getBuiltinModule('node:http')
