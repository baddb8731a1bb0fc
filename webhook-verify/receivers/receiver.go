// Receives Heimdall webhooks with nothing but Go's standard library.
//
//	HEIMDALL_WEBHOOK_SECRET=whsec_… PORT=3000 go run receiver.go
//
// Several secrets, while one is being rotated, are separated by spaces. The body is verified as the bytes that came, and
// unmarshalled afterwards.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	tolerance    = 5 * time.Minute
	maxBodyBytes = 1 << 20
)

// isGenuine checks `X-Heimdall-Signature: t={unix},v1={hex}[,v1={hex}]`: HMAC-SHA256 over `{t}.{body}`, keyed with the secret
// as it was shown.
func isGenuine(header string, rawBody []byte, secrets []string, now time.Time) bool {
	t, signatures := "", [][]byte{}
	for _, item := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(item, "=")
		switch name {
		case "t":
			if t != "" {
				return false
			}
			t = value
		case "v1":
			if signature, err := hex.DecodeString(value); err == nil {
				signatures = append(signatures, signature)
			}
		}
	}
	// Twelve digits at most: no sign, no overflow.
	seconds, err := strconv.ParseUint(t, 10, 63)
	if err != nil || len(t) > 12 || now.Sub(time.Unix(int64(seconds), 0)).Abs() > tolerance {
		return false
	}
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(t + "."))
		mac.Write(rawBody)
		expected := mac.Sum(nil)
		for _, signature := range signatures {
			if hmac.Equal(signature, expected) {
				return true
			}
		}
	}
	return false
}

func main() {
	secrets := strings.Fields(os.Getenv("HEIMDALL_WEBHOOK_SECRET"))
	if len(secrets) == 0 {
		log.Fatal("HEIMDALL_WEBHOOK_SECRET must hold the endpoint's whsec_… secret")
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}

	receive := func(w http.ResponseWriter, r *http.Request) {
		answer := func(status int, body string) {
			w.Header().Set("content-type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
		rawBody, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			answer(http.StatusRequestEntityTooLarge, `{"error":"Body too large"}`)
			return
		}
		if err != nil || !isGenuine(r.Header.Get("X-Heimdall-Signature"), rawBody, secrets, time.Now()) {
			answer(http.StatusUnauthorized, `{"error":"Invalid signature"}`)
			return
		}
		var event struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(rawBody, &event); err != nil {
			answer(http.StatusBadRequest, `{"error":"Not an event"}`)
			return
		}
		fmt.Println(event.Type)
		answer(http.StatusOK, `{"received":true}`)
	}

	// Only this machine, as it is an example. Port 0 takes a free one; the first line says which.
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: http.HandlerFunc(receive), ReadTimeout: 15 * time.Second}
	log.Fatal(server.Serve(listener))
}
