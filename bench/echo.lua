-- POST /echo: a JSON body of 100 bytes.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"id":"123","name":"Jon Doe","email":"john.doe@example.com","age":42,"tags":["a","b"],"active":true}'
