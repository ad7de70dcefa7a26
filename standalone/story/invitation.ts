import { type ShownUrls } from './result-json.ts'

export type Invitation = {
  urls: ShownUrls & { sandbox: string; operator: string }
  logs: string
  token: string
  operatorToken: string
  person: string
  userKey: string
  refreshNo: number
}

/** Where to look, and what to try: lines that can be pasted into a shell as they are. */
export function invitationLines(invitation: Invitation): string[] {
  const { urls, logs, token, operatorToken, person, userKey, refreshNo } = invitation
  const bearer = '-H "Authorization: Bearer $TOKEN"'
  const spending = JSON.stringify({
    person,
    institutionId: 'SBXBANK001',
    count: 3,
    type: '02',
    amount: '4500',
    memo: '커피',
  })
  const leaving = { institutionId: 'SBXBANK006', wish: JSON.stringify({ deletion: true }) }
  const json = `-H 'Content-Type: application/json'`
  const again = JSON.stringify({ type: 'assets.refresh_requested' })
  return [
    'Look around',
    `  this run, step by step  ${urls.run}`,
    `  the API                 ${urls.api}`,
    `  its reference           ${urls.api}/docs`,
    `  the operator's view     ${urls.operator}`,
    `  the institutions        ${urls.sandbox}/_sandbox/  (their calls as they come, and faults to play)`,
    `  what everyone says      ${logs}`,
    '',
    `Try, in another terminal (the token is ${person}'s and lives for 12 hours)`,
    '',
    `TOKEN=${token}`,
    `curl -s ${bearer} ${urls.api}/v1/me/snapshot`,
    `curl -s ${bearer} '${urls.api}/v1/me/transactions?limit=5'`,
    '# what is published, and how the newest refresh stands, as it happens',
    `curl -sN ${bearer} ${urls.api}/v1/me/stream`,
    '# three coffees at the first bank, and another refresh',
    `curl -s ${urls.sandbox}/_sandbox/transactions -d '${spending}'`,
    `curl -s ${bearer} ${json} -H "Idempotency-Key: coffee-$(date +%s)" ${urls.api}/v1/events -d '${again}'`,
    '# what may be read; one bank less, with all that was read of it, and the receipt; and the bank again, agreed to at its door',
    `curl -s ${bearer} ${urls.api}/v1/me/consents`,
    `curl -s ${bearer} ${json} ${urls.api}/v1/me/consents/${leaving.institutionId}/revocation -d '${leaving.wish}'`,
    `curl -s ${bearer} ${urls.api}/v1/me/revocations`,
    `echo "$TOKEN" | npx tsx standalone/demo-main.ts grant ${urls.api} ${leaving.institutionId}`,
    '',
    '# the same refresh as an operator explains it at night',
    `OPERATOR=${operatorToken}`,
    `curl -s -H "Authorization: Bearer $OPERATOR" '${urls.operator}/v1/operator/refreshes/${userKey}/${refreshNo}?format=text'`,
    '',
    'Ctrl-C ends everything; the next `npm start` finds it again.',
  ]
}
