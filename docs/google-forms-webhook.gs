/**
 * Sends each response of a Google Form to cxi-relay.
 *
 * In the form: ⋮ → Apps Script. Paste this file, fill in ADDRESS and TOKEN, run `install` once and allow what it asks for.
 * A response that could not be delivered is kept and sent with the next one, and by `sendAgain` every hour.
 */
const ADDRESS = 'https://hooks.example.com/webhooks/your-source'
const TOKEN = 'the secret of this webhook'

function install() {
  const form = FormApp.getActiveForm()
  ScriptApp.newTrigger('onResponse').forForm(form).onFormSubmit().create()
  ScriptApp.newTrigger('sendAgain').timeBased().everyHours(1).create()
}

function onResponse(event) {
  remember(event.response.getId())
  sendAgain()
}

/** Sends everything that is waiting; what is not accepted goes on waiting. */
function sendAgain() {
  const lock = LockService.getScriptLock()
  if (!lock.tryLock(20000)) return
  try {
    const form = FormApp.getActiveForm()
    const waiting = PropertiesService.getScriptProperties()
    for (const key of waiting.getKeys()) {
      const response = form.getResponse(key)
      if (!response || isAccepted(bodyOf(response))) waiting.deleteProperty(key)
    }
  } finally {
    lock.releaseLock()
  }
}

function remember(id) {
  PropertiesService.getScriptProperties().setProperty(id, 'waiting')
}

function isAccepted(body) {
  try {
    const answer = UrlFetchApp.fetch(`${ADDRESS}?token=${encodeURIComponent(TOKEN)}`, {
      method: 'post',
      contentType: 'application/json',
      payload: JSON.stringify(body),
      muteHttpExceptions: true,
    })
    return answer.getResponseCode() >= 200 && answer.getResponseCode() < 300
  } catch (error) {
    return false
  }
}

function bodyOf(response) {
  return {
    id: response.getId(),
    timestamp: response.getTimestamp().toISOString(),
    email: response.getRespondentEmail(),
    answers: response.getItemResponses().map((answer) => ({
      id: String(answer.getItem().getId()),
      title: answer.getItem().getTitle(),
      type: String(answer.getItem().getType()),
      value: answer.getResponse(),
    })),
  }
}
