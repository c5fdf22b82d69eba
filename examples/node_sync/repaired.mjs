// Prints the title of every appointment.
const { API_URL, API_TOKEN } = process.env;

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function get(path) {
  for (let number = 0; number < 4; number++) {
    let answer;
    try {
      answer = await fetch(API_URL + path, { headers: { Authorization: `Bearer ${API_TOKEN}` } });
      if (answer.ok) return await answer.json();
    } catch (error) {
      await sleep(0.1);
      continue;
    }
    if (answer.status === 429) {
      await sleep(Number(answer.headers.get("retry-after") ?? 1));
    } else if (answer.status < 500) {
      break;
    } else {
      await sleep(Number(answer.headers.get("retry-after") ?? 0.1));
    }
  }
  console.error(`${path} cannot be had now`);
  process.exit(1);
}

for (let page = 1; ; page++) {
  const body = await get(`/scheduled-events?page=${page}`);
  for (const event of body.collection) console.log(event.title);
  if (body.pagination.nextPage === null) break;
}
