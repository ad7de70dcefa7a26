/** A request to the control that makes no sense; the message says what was expected. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
}
