// The Socket.IO server of its authors, as small as it can be: whoever watches a showtime is told what is posted to /say.
// Prints its port once it listens.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    const told = JSON.parse(body);
    live.to(told.showtimeId).emit("seats", told);
    response.end();
  });
});
const live = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
live.on("connection", (client) => {
  client.on("watch", ({ showtimeId }, answer) => {
    client.join(showtimeId);
    answer({ version: 0, state: "a".repeat(400) });
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
