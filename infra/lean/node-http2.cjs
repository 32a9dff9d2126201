'use strict'
// undici loads node:http2, 20 ms of a process's start, also where its connections are HTTP/1.1 only, as ours are. It gets
// by without it; the bundler puts this file in its place.
module.exports = { constants: {} }
