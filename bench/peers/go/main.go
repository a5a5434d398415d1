// The benchmark's service as a net/http user would write it; GOMAXPROCS is set by the bench.
package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"time"
)

func reply(w http.ResponseWriter, content any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(content)
}

func main() {
	http.HandleFunc("/users/", func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, "/users/")
		reply(w, map[string]string{"id": id, "name": "John Doe"})
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		var content any
		if err := json.NewDecoder(r.Body).Decode(&content); err != nil {
			http.Error(w, "bad JSON", http.StatusBadRequest)
			return
		}
		reply(w, content)
	})
	http.HandleFunc("/sleep", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond)
		reply(w, map[string]string{"status": "slept"})
	})
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
