/** Where the model that comes with Sterna lies, from the root of the repository or of a server. */
export const BUNDLED_FOLDER = 'models/sterna-chat-49m/';
